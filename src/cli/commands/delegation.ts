import type { Command } from 'commander';
import type { Namespace } from '../../core/index.ts';
import type { ListInForce } from '../../governance/index.ts';
import { parseNamespaceOption } from '../arguments.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { type Listing, type OutputFormat, outputOption, printList } from '../output/index.ts';
import { signersWords } from '../signers.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';
import { addThreshold, type SignersOptions } from './governor-add.ts';

export function addDelegation(program: Command, context: CliContext): void {
  const delegation = program
    .command('delegation')
    .description('hand namespaces to teams, who then sign what is in force in them');
  addAdd(delegation, context);
  addRemove(delegation, context);
  addList(delegation, context);
}

function addAdd(delegation: Command, context: CliContext): void {
  const add = delegation
    .command('add')
    .description('hand a namespace to a team, or to other keys than now; the team signs as well')
    .argument('<namespace>', 'what they may change from then on', parseNamespaceOption)
    .argument('<file...>', 'public halves of the team’s keys, from `selvage governor new`');
  addThreshold(add);
  addExamples(add, [
    [
      'selvage delegation add payments erin.key.pub frank.key.pub --threshold 1 --key ./ada.key',
      'either of the two then changes what is in force in payments',
    ],
  ]);
  addNodeOptions(addSigningOptions(add)).action(
    async (namespace: Namespace, files: readonly string[], options: SignersOptions) => {
      const { changeTrust } = await import('../trust-change.ts');
      const { readPublicKeyFile } = await import('../public-key-file.ts');
      const keys = files.map(readPublicKeyFile);
      await changeTrust(context, options, async ({ inForce: { lists } }) => {
        const before = lists.find((list) => list.namespace === namespace);
        const threshold = options.threshold ?? before?.threshold ?? 1;
        return { delegations: [{ namespace, to: { keys, threshold } }] };
      });
    },
  );
}

function addRemove(delegation: Command, context: CliContext): void {
  const remove = delegation
    .command('remove')
    .description('take a namespace back into the governors’ hands, with all that is in force in it')
    .argument('<namespace>', 'as `selvage delegation list` shows it', parseNamespaceOption);
  addExamples(remove, [
    ['selvage delegation remove payments --key ./ada.key', 'the team need not agree'],
  ]);
  addNodeOptions(addSigningOptions(remove)).action(
    async (namespace: Namespace, options: ChangeOptions) => {
      const { changeTrust } = await import('../trust-change.ts');
      const delegations = [{ namespace, to: undefined }];
      await changeTrust(context, options, async () => ({ delegations }));
    },
  );
}

const teams: Listing<ListInForce> = {
  identify: ({ role }) => role,
  empty: 'every namespace is in the governors’ hands',
  columns: [
    { heading: 'NAMESPACE', cell: ({ namespace = '' }) => namespace },
    { heading: 'MUST SIGN', cell: signersWords },
    { heading: 'VERSION', cell: ({ version, namespace }) => `${namespace}/${version}` },
    { heading: 'UNTIL', cell: ({ expiresAtMs }) => new Date(expiresAtMs).toISOString() },
  ],
};

interface ListOptions extends NodeSelection {
  readonly output: OutputFormat;
}

function addList(delegation: Command, context: CliContext): void {
  const list = delegation
    .command('list')
    .description('which namespaces are in the hands of teams, and whose')
    .addOption(outputOption());
  addExamples(list, [['selvage delegation list -o json', 'with the keys themselves']]);
  addNodeOptions(list).action(async ({ output, ...selection }: ListOptions) => {
    const { connectToNode } = await import('../node-choice.ts');
    const { fetchHeld } = await import('../held-trust.ts');
    const { heldTrust } = await import('../../governance/index.ts');
    const { lists } = heldTrust(await fetchHeld(await connectToNode(context, selection)));
    const items = lists.filter(({ namespace }) => namespace !== undefined);
    printList(context.terminal, output, teams).draw({ items });
  });
}
