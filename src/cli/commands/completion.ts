import { Argument, type Command } from 'commander';
import { completionNodes, completionScripts } from '../completion/index.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';

export function addCompletion(program: Command, context: CliContext): void {
  const shell = new Argument('<shell>', 'your shell').choices(Object.keys(completionScripts));
  const command = program
    .command('completion')
    .description('print a script that completes what you type')
    .addArgument(shell);
  addExamples(command, [
    ['source <(selvage completion bash)', 'in ~/.bashrc'],
    ['source <(selvage completion zsh)', 'in ~/.zshrc, after compinit'],
    ['selvage completion fish > ~/.config/fish/completions/selvage.fish', 'for fish'],
  ]);
  command.action((name: string) => {
    const script = completionScripts[name];
    if (script !== undefined) context.terminal.write(script(completionNodes(program)));
  });
}
