import type { Command } from 'commander';
import picocolors from 'picocolors';
import type { Explain, ExplanationView } from '../../admin/index.ts';
import { EXIT } from '../../core/index.ts';
import {
  collectClaim,
  collectHeader,
  collectText,
  parsePortOption,
  parseRiskOption,
  parseTimeOption,
  parseUserOption,
  type WrittenUser,
} from '../arguments.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { fieldLines, formatData, type OutputFormat, outputOption } from '../output/index.ts';

interface ExplainOptions extends NodeSelection, Omit<Explain, 'headers' | 'user'> {
  readonly header?: Readonly<Record<string, string>>;
  readonly user?: WrittenUser;
  readonly group?: readonly string[];
  readonly claim?: Readonly<Record<string, string>>;
  readonly output: OutputFormat;
}

export function addExplain(program: Command, context: CliContext): void {
  const command = program
    .command('explain')
    .description('say whether one workload may call another, and which policies decide')
    .requiredOption('--from <service>', 'the caller: a service account, or a SPIFFE ID')
    .requiredOption('--to <service>', 'the service that is called')
    .option('--method <method>', 'HTTP method; GET when left out')
    .option('--path <path>', 'HTTP path, / when left out; of a gRPC call /package.Service/Method')
    .option('--host <host>', 'HTTP host; the service’s name when left out')
    .option('--header <name=value>', 'HTTP header; may stand several times', collectHeader)
    .option('--user <issuer|subject>', 'the person behind the call', parseUserOption)
    .option('--group <name>', 'that the person is in; may stand several times', collectText)
    .option('--claim <name=value>', 'of the person; may stand several times', collectClaim)
    .option('--risk <number>', 'what the mesh holds against the caller, 0 to 100', parseRiskOption)
    .option('--time <time>', 'when (RFC 3339); now when left out', parseTimeOption)
    .option('--source-ip <address>', 'the caller’s address')
    .option('--port <port>', 'the service’s own port', parsePortOption)
    .option('--locality <name>', 'where the caller runs')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `\nWhether a request, a gRPC call or a connection is meant, the service’s protocol says.\nExit code: 0 if it is allowed, ${EXIT.refused} if it is denied.`,
    );
  addExamples(command, [
    ['selvage explain --from client --to web --method GET --path /', 'an HTTP request'],
    ['selvage explain --from client --to stock --path /shop.Stock/Reserve', 'a gRPC call'],
    ['selvage explain --from client.shop --to ledger', 'a TCP connection from another namespace'],
    [
      "selvage explain --from client --to web --user 'https://login.example|ada' --group staff",
      'with a person behind it',
    ],
  ]);
  addNodeOptions(command).action(async (options: ExplainOptions) => {
    const client = await connectToNode(context, options);
    const question = questionOf(options);
    const explanation = await client.explain(question);
    const { terminal } = context;
    const { output } = options;
    if (output !== 'table') terminal.write(formatData(explanation, output));
    else {
      const lines = explanationLines(question, explanation, terminal.colours.out);
      terminal.write(`${lines.join('\n')}\n`);
    }
    if (!explanation.allowed) context.exitWith(EXIT.refused);
  });
}

function questionOf(options: ExplainOptions): Explain {
  const { from, to, method, path, host, sourceIp, risk, time, port, locality } = options;
  const { header: headers, user, group: groups = [], claim: claims = {} } = options;
  if (user === undefined && (groups.length > 0 || Object.keys(claims).length > 0)) {
    throw new CliError('COMMAND_LINE_INVALID', 'groups and claims are those of a user', {
      remedy: 'Say which one with --user ISSUER|SUBJECT.',
    });
  }
  const person = user === undefined ? undefined : { ...user, groups: [...groups], claims };
  const http = { method, path, host, headers };
  return { from, to, ...http, user: person, sourceIp, risk, time, port, locality };
}

type PlacedPolicy = ExplanationView['deciding'][number];

/** `hello (hello.cedar:3, since version 7)` */
const placeOf = ({ id, file, line, since }: PlacedPolicy): string =>
  `${id} (${file}:${line}${since === undefined ? '' : `, since version ${since}`})`;

const placesOf = (policies: readonly PlacedPolicy[]): string => policies.map(placeOf).join(', ');

const PARTS_OF_REQUESTS = ['method', 'path', 'host', 'headers'] as const;

/** What of a request was not said, and is taken as it most often is. */
function assumed(question: Explain, { action }: ExplanationView['asked']): string[] {
  if (action === 'connect') return [];
  return [
    ...(question.method === undefined && action !== 'grpc:call' ? ['method GET'] : []),
    ...(question.path === undefined ? ['path /'] : []),
  ];
}

/** What was said, and means nothing to a service that speaks another protocol than HTTP. */
function ignored(
  question: Explain,
  { resource, action, context }: ExplanationView['asked'],
): string | undefined {
  if (action !== 'connect' && action !== 'grpc:call') return undefined;
  const isCall = action === 'grpc:call';
  const meaningless = (isCall ? (['method'] as const) : PARTS_OF_REQUESTS).filter(
    (part) => question[part] !== undefined,
  );
  const kind = isCall ? 'gRPC' : (context.protocol ?? 'tcp').toUpperCase();
  return meaningless.length === 0
    ? undefined
    : `${resource} is a ${kind} service: ${meaningless.join(', ')} left out`;
}

function explanationLines(
  question: Explain,
  explanation: ExplanationView,
  colours: boolean,
): string[] {
  const { green, red, yellow } = picocolors.createColors(colours);
  const { allowed, asked, deciding, audit, errors, callerProblem, hint } = explanation;
  const decidedBy = placesOf(deciding);
  const assumptions = assumed(question, asked);
  const meaningless = ignored(question, asked);
  const fields = fieldLines([
    ['principal', asked.principal],
    ['action', asked.action],
    ['resource', asked.resource],
    ...(assumptions.length === 0 ? [] : [['assumed', assumptions.join(', ')] as const]),
    ...Object.entries(asked.context).map(([key, value]) => [`context.${key}`, value] as const),
    [allowed ? 'permitted by' : 'forbidden by', decidedBy || 'none: nothing permits it'],
    ...(audit.length === 0 ? [] : [['in audit mode', placesOf(audit)] as const]),
  ]);
  return [
    allowed ? green('allowed') : red('denied'),
    ...fields.map((line) => `  ${line}`),
    ...(audit.length === 0
      ? []
      : [
          yellow(
            `enforced, the policies in audit mode would have ${allowed ? 'denied' : 'allowed'} it`,
          ),
        ]),
    ...(meaningless === undefined ? [] : [yellow(`warning: ${meaningless}`)]),
    ...(callerProblem === undefined ? [] : [yellow(`warning: ${callerProblem}`)]),
    ...errors.map((error) => yellow(`warning: ${error}`)),
    ...(hint === undefined ? [] : ['', hint]),
  ];
}
