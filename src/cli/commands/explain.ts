import type { Command } from 'commander';
import picocolors from 'picocolors';
import type { Explain, ExplanationView } from '../../admin/index.ts';
import { EXIT } from '../../core/index.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { fieldLines, formatData, type OutputFormat, outputOption } from '../output/index.ts';

type ExplainOptions = NodeSelection & Explain & { readonly output: OutputFormat };

export function addExplain(program: Command, context: CliContext): void {
  const command = program
    .command('explain')
    .description('say whether one workload may call another, and which policies decide')
    .requiredOption('--from <service>', 'the caller: a service account, or a SPIFFE ID')
    .requiredOption('--to <service>', 'the service that is called')
    .option('--method <method>', 'HTTP method; without method and path a TCP connection is meant')
    .option('--path <path>', 'HTTP path')
    .option('--host <host>', 'HTTP host')
    .option('--source-ip <address>', 'the caller’s address')
    .addOption(outputOption())
    .addHelpText('after', `\nExit code: 0 if it is allowed, ${EXIT.refused} if it is denied.`);
  addExamples(command, [
    ['selvage explain --from client --to web --method GET --path /', 'an HTTP request'],
    ['selvage explain --from client.shop --to ledger', 'a TCP connection from another namespace'],
  ]);
  addNodeOptions(command).action(async (options: ExplainOptions) => {
    const { from, to, method, path, host, sourceIp, output } = options;
    const client = connectToNode(context, options);
    const explanation = await client.explain({ from, to, method, path, host, sourceIp });
    const { terminal } = context;
    if (output !== 'table') terminal.write(formatData(explanation, output));
    else terminal.write(`${explanationLines(explanation, terminal.colours.out).join('\n')}\n`);
    if (!explanation.allowed) context.exitWith(EXIT.refused);
  });
}

function explanationLines(explanation: ExplanationView, colours: boolean): string[] {
  const { green, red, yellow } = picocolors.createColors(colours);
  const { allowed, asked, deciding, errors, hint } = explanation;
  const policies = deciding.map(({ id, file, line }) => `${id} (${file}:${line})`).join(', ');
  const fields = fieldLines([
    ['principal', asked.principal],
    ['action', asked.action],
    ['resource', asked.resource],
    ...Object.entries(asked.context).map(([key, value]) => [`context.${key}`, value] as const),
    [allowed ? 'permitted by' : 'forbidden by', policies || 'none: nothing permits it'],
  ]);
  return [
    allowed ? green('allowed') : red('denied'),
    ...fields.map((line) => `  ${line}`),
    ...errors.map((error) => yellow(`warning: ${error}`)),
    ...(hint === undefined ? [] : ['', hint]),
  ];
}
