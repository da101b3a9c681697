import { type Command, Option } from 'commander';
import type { Namespace, ServiceKey } from '../../core/index.ts';
import type { HttpMethod } from '../../policy/index.ts';
import {
  collectServiceKey,
  collectText,
  parseGroupOption,
  parseNamespaceOption,
  parseRiskOption,
  parseServiceKeyOption,
} from '../arguments.ts';
import { parseClockOption, parseOffsetOption } from '../clock-options.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';

interface Common {
  readonly id?: string;
  readonly outFile?: string;
}

type Policies = typeof import('../../policy/index.ts');

/** Adds one kind: its flags, and the text that they make. */
type Add = <Options extends Common>(
  kind: string,
  description: string,
  addOptions: (command: Command) => Command,
  text: (policies: Policies, options: Options) => string,
) => void;

export function addPolicyTemplates(policy: Command, { terminal }: CliContext): void {
  const templates = policy.command('new').description('write a policy for a common case');
  const add: Add = (kind, description, addOptions, text) => {
    const command = addOptions(templates.command(kind).description(description))
      .option('--id <id>', 'of the policy; made from the names when left out')
      .option('-o, --out-file <file>', 'write a new file instead of standard output');
    addExamples(command, [[EXAMPLES[kind] ?? '', description]]);
    command.action(async (options: Parameters<typeof text>[1]) => {
      const written = text(await import('../../policy/index.ts'), options);
      if (options.outFile === undefined) return terminal.write(written);
      const { writeNewFile } = await import('../new-file.ts');
      writeNewFile(options.outFile, written);
    });
  };
  addCallers(add);
  addConditions(add);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  allow: 'selvage policy new allow --from client --to web --method GET --method HEAD',
  'isolate-namespace': 'selvage policy new isolate-namespace --namespace shop',
  'egress-allow-list':
    'selvage policy new egress-allow-list --from web --to ledger.shop -o web.cedar',
  'require-user': "selvage policy new require-user --to web --group 'https://login.example|staff'",
  'business-hours':
    'selvage policy new business-hours --to web --open 08:00 --close 18:30 --utc-offset +01:00',
  'deny-above-risk': 'selvage policy new deny-above-risk --risk 70',
};

const ofNamespace = (command: Command): Command =>
  command.option(
    '-n, --namespace <name>',
    'for a file of this namespace: about calls of its services only',
    parseNamespaceOption,
  );

function addCallers(add: Add): void {
  add<Common & { from: ServiceKey; to: ServiceKey; method?: readonly string[]; path?: string }>(
    'allow',
    'one service may call another',
    (command) =>
      command
        .requiredOption('--from <service>', 'who calls', parseServiceKeyOption)
        .requiredOption('--to <service>', 'who is called', parseServiceKeyOption)
        .option('--method <method>', 'with this HTTP method; may stand several times', collectText)
        .option('--path <pattern>', 'on these paths; * stands for anything'),
    ({ allowTemplate, HTTP_METHODS }, { method = [], ...names }) =>
      allowTemplate({ ...names, methods: method.map((text) => methodOf(text, HTTP_METHODS)) }),
  );
  add<Common & { namespace: Namespace }>(
    'isolate-namespace',
    'services of a namespace talk to each other, and nobody else to them',
    (command) =>
      command.requiredOption('-n, --namespace <name>', 'the namespace', parseNamespaceOption),
    ({ isolateNamespaceTemplate }, names) => isolateNamespaceTemplate(names),
  );
  add<Common & { from: ServiceKey; to: readonly ServiceKey[]; namespace?: Namespace }>(
    'egress-allow-list',
    'a service may call these services and no other',
    (command) =>
      ofNamespace(command)
        .requiredOption('--from <service>', 'who calls', parseServiceKeyOption)
        .requiredOption(
          '--to <service>',
          'who may be called; may stand several times',
          collectServiceKey,
        ),
    ({ egressAllowListTemplate }, names) => egressAllowListTemplate(names),
  );
}

function addConditions(add: Add): void {
  add<Common & { to: ServiceKey; group?: string }>(
    'require-user',
    'nobody reaches a service without a person behind the call',
    (command) =>
      command
        .requiredOption('--to <service>', 'who is called', parseServiceKeyOption)
        .option('--group <issuer|group>', 'the person is in this group', parseGroupOption),
    ({ requireUserTemplate }, names) => requireUserTemplate(names),
  );
  add<Common & { to: ServiceKey; open: number; close: number; utcOffset: number }>(
    'business-hours',
    'a service is closed outside these hours',
    (command) =>
      command
        .requiredOption('--to <service>', 'who is called', parseServiceKeyOption)
        .requiredOption('--open <hh:mm>', 'first minute', parseClockOption)
        .requiredOption('--close <hh:mm>', 'first minute that is too late', parseClockOption)
        .addOption(
          new Option('--utc-offset <offset>', 'of the clock on the wall')
            .argParser(parseOffsetOption)
            .default(0, '+00:00'),
        ),
    ({ businessHoursTemplate }, { open, close, utcOffset, ...names }) => {
      const hours = { openMinute: open, closeMinute: close, utcOffsetMinutes: utcOffset };
      return businessHoursTemplate({ ...names, ...hours });
    },
  );
  add<Common & { to?: ServiceKey; namespace?: Namespace; risk: number }>(
    'deny-above-risk',
    'callers that the mesh holds much against are refused',
    (command) =>
      ofNamespace(command)
        .option('--to <service>', 'by this service; by all when left out', parseServiceKeyOption)
        .requiredOption('--risk <number>', 'the highest that passes, 0 to 100', parseRiskOption),
    ({ denyAboveRiskTemplate }, names) => denyAboveRiskTemplate(names),
  );
}

function methodOf(text: string, known: readonly HttpMethod[]): HttpMethod {
  const method = known.find((one) => one === text.toUpperCase());
  if (method !== undefined) return method;
  throw new CliError('COMMAND_LINE_INVALID', `'${text}' is no method that policies name`, {
    remedy: `Write one of ${known.join(', ')}.`,
  });
}
