import type { Command } from 'commander';
import type { Revoke } from '../../admin/index.ts';
import { formatInstant, type NodeName } from '../../core/index.ts';
import { parseNodeNameArgument } from '../arguments.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples, type Example } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import {
  parseInstantOption,
  parseKeyHashArgument,
  parseSerialArgument,
  parseWorkloadArgument,
  type WorkloadName,
} from '../revocation-arguments.ts';
import type { WantedRevocation } from '../revocation-change.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

interface RevokeOptions extends ChangeOptions {
  readonly before?: number;
  readonly unknown?: true;
}

export function addRevoke(program: Command, context: CliContext): void {
  const revoke = program
    .command('revoke')
    .description('end trust before its time: new connections fail, open ones are cut');
  addExamples(revoke, [
    ['selvage revoke workload shop/web --key ./governor.key', 'until it is started anew'],
    ['selvage revoke serial 5f0c… --reason stolen', 'on the node of the authority that signed it'],
    ['selvage get revocations', 'what is revoked, by whom, until when'],
  ]);
  addWorkload(revoke, context);
  addNode(revoke, context);
  addAuthority(revoke, context);
  addOwn(revoke, context, 'key');
  addOwn(revoke, context, 'serial');
}

/** X.509 knows no less. */
const SECOND_MS = 1_000;
const BEFORE = '--before <instant>';
const BEFORE_WORDS =
  'what began up to then; by default now. A later instant covers what is started until enough have signed';

const UNKNOWN = '--unknown';
const UNKNOWN_WORDS = 'also a name that nothing here knows any more';

function addWorkload(revoke: Command, context: CliContext): void {
  const command = revoke
    .command('workload')
    .description('refuse what was signed for it so far; it gets more once it is started anew')
    .argument('<workload>', '<namespace>/<service account>', parseWorkloadArgument)
    .option(BEFORE, BEFORE_WORDS, parseInstantOption)
    .option(UNKNOWN, UNKNOWN_WORDS);
  addExamples(command, [
    ['selvage revoke workload shop/web --reason stolen', 'proposed to the other governors'],
  ]);
  addGoverned(command, context, (name: WorkloadName, beforeMs) => ({
    kind: 'workload',
    name,
    beforeMs,
  }));
}

function addNode(revoke: Command, context: CliContext): void {
  const command = revoke
    .command('node')
    .description('refuse a node, and all that workloads got by way of it; it may join anew')
    .argument('<node>', 'as `selvage get nodes` shows it', parseNodeNameArgument)
    .option(BEFORE, BEFORE_WORDS, parseInstantOption)
    .option(UNKNOWN, UNKNOWN_WORDS);
  addExamples(command, [['selvage revoke node n3 --key ./governor.key', 'a host that was stolen']]);
  addGoverned(command, context, (node: NodeName, beforeMs) => ({ kind: 'node', node, beforeMs }));
}

function addAuthority(revoke: Command, context: CliContext): void {
  const command = revoke
    .command('authority')
    .description('take an authority out, and refuse its keys for ever, whoever lists them again')
    .argument('<node>', 'as `selvage authority list` shows it', parseNodeNameArgument);
  addExamples(command, [
    ['selvage revoke authority n2 --key ./governor.key', 'one that was stolen'],
  ]);
  addGoverned(command, context, (node: NodeName) => ({ kind: 'authority', node }));
}

/** Rounded up: what began within the second may be older. */
const wholeSecond = (ms: number): number => Math.ceil(ms / SECOND_MS) * SECOND_MS;

/** A revocation that the governors sign. */
function addGoverned<Subject>(
  command: Command,
  context: CliContext,
  wanted: (subject: Subject, beforeMs: number) => WantedRevocation,
): void {
  addNodeOptions(addSigningOptions(command)).action(
    async (subject: Subject, options: RevokeOptions) => {
      const { planRevocation } = await import('../revocation-change.ts');
      const { requireKnown, subjectOf } = await import('../revocation-names.ts');
      const { changeTrust } = await import('../trust-change.ts');
      const now = wholeSecond(context.clock.now());
      const { before = now, reason = '', unknown = false } = options;
      const revocation = wanted(subject, wholeSecond(before));
      await changeTrust(context, options, async ({ inForce, client }) => {
        const change = planRevocation(inForce, revocation, reason);
        if (revocation.kind === 'authority') return change;
        if (!unknown) await requireKnown(revocation, inForce, client);
        if (revocation.beforeMs <= now) return change;
        const until = formatInstant(revocation.beforeMs);
        return {
          ...change,
          warnings: [`nothing is issued for ${subjectOf(revocation)} until ${until}`],
        };
      });
    },
  );
}

interface OwnOptions extends NodeSelection {
  readonly reason?: string;
}

interface OwnKind {
  readonly words: string;
  readonly parse: (text: string) => string;
  readonly what: (hex: string) => Revoke['what'];
  readonly examples: readonly Example[];
}

const OWN = {
  key: {
    words: 'SHA-256 of its SubjectPublicKeyInfo, hex',
    parse: parseKeyHashArgument,
    what: (keySha256: string) => ({ keySha256 }),
    examples: [['selvage revoke key 9c4d… --data ./n1', 'all that n1 signed for that key']],
  },
  serial: {
    words: 'serial number of the certificate, hex',
    parse: parseSerialArgument,
    what: (serial: string) => ({ serial }),
    examples: [['selvage revoke serial 5f0c… --data ./n1', 'one certificate that n1 signed']],
  },
} satisfies Record<string, OwnKind>;

/** What an authority takes back of what it signed itself: no governor needs to sign that. */
function addOwn(revoke: Command, context: CliContext, kind: keyof typeof OWN): void {
  const { words, parse, what, examples } = OWN[kind];
  const command = revoke
    .command(kind)
    .description('have the authority that is asked take back what it signed itself')
    .argument('<hex>', words, parse)
    .option('--reason <text>', 'for people');
  addExamples(command, examples);
  addNodeOptions(command).action(async (hex: string, { reason = '', ...selection }: OwnOptions) => {
    const { connectToNode } = await import('../node-choice.ts');
    const client = await connectToNode(context, selection);
    const { subject, by, until = '' } = await client.revoke({ what: what(hex), reason });
    context.terminal.write(
      `revoked: ${kind} ${subject}, as far as ${by} signed it, until ${until}\n`,
    );
  });
}
