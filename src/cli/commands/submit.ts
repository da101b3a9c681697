import type { Command } from 'commander';
import type { CliContext, NodeSelection } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';

/** Largest file that is taken for an approval, bytes: a signature for each namespace of a large mesh. */
const MAX_FILE_BYTES = 65_536;

export function addSubmit(program: Command, context: CliContext): void {
  const command = program
    .command('submit')
    .description('hand an approval or a rejection that was signed elsewhere to a node')
    .argument('<file>', 'what --out of `selvage approve` or `reject` wrote');
  addExamples(command, [['selvage submit approval.json', 'whoever has the file may do it']]);
  addNodeOptions(command).action(async (file: string, options: NodeSelection) => {
    const { decodeVerdict, isRejection } = await import('../../governance/index.ts');
    const { readTextFile } = await import('../../platform/index.ts');
    const { sayProgress } = await import('../proposal-words.ts');
    const text = readTextFile(file, MAX_FILE_BYTES);
    const verdict = decodeVerdict(text);
    if (!verdict.ok) {
      throw new CliError('INPUT_INVALID', `${file} holds no approval`, {
        problems: [{ file, message: verdict.error }],
      });
    }
    const client = await connectToNode(context, options);
    const { terminal } = context;
    if (isRejection(verdict.value)) {
      sayProgress(terminal, await client.reject({ rejection: text }), 'rejected');
    } else {
      sayProgress(terminal, await client.approve({ approval: text }), 'signed');
    }
  });
}
