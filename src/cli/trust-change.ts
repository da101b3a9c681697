import type { AdminService } from '../admin/index.ts';
import {
  decodeFiles,
  describeChange,
  draftChange,
  encodeChange,
  GovernanceError,
  heldTrust,
  previewChange,
  type SignedChange,
  type Target,
  type TrustFiles,
  type TrustSet,
} from '../governance/index.ts';
import type { CliContext, NodeSelection } from './context.ts';
import { CliError } from './errors.ts';
import { readGovernorKey } from './governor-key.ts';
import { connectToNode } from './node-choice.ts';

export interface ChangeOptions extends NodeSelection {
  /** Path of the governor's key. */
  readonly key: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What a governor wants to be different. */
export interface WantedChange {
  readonly put: readonly Target[];
  /** Paths to take out. */
  readonly remove: readonly string[];
}

/**
 * The way of every change: take what a node holds, check it, draft and sign the next version in this
 * process, show the difference, and hand it to the node to publish.
 */
export async function changeTrust(
  context: CliContext,
  options: ChangeOptions,
  plan: (inForce: TrustSet, client: AdminService) => Promise<WantedChange>,
): Promise<void> {
  const governor = readGovernorKey(options.key, options.data);
  const client = await connectToNode(context, options);
  const held = await fetchHeld(client);
  const inForce = heldTrust(held);
  const wanted = await plan(inForce, client);
  const change = draftChange({ held, ...wanted, governor, now: context.clock.now() });
  if (change === undefined) {
    context.terminal.write(`nothing to change: version ${inForce.version} says all of it\n`);
    return;
  }
  const next = previewChange(held, change);
  const lines = describeChange(inForce, next);
  for (const line of lines) context.terminal.write(`${line}\n`);
  if (options.dryRun === true) {
    context.terminal.write('dry run: nothing was published\n');
    return;
  }
  if (options.yes !== true) await confirm(context, next);
  await publish(context, client, change);
}

async function fetchHeld(client: AdminService): Promise<TrustFiles> {
  const { files } = await client.trustDraft({});
  const held = decodeFiles(Buffer.from(files, 'base64'));
  if (held.ok) return held.value;
  throw new GovernanceError(
    'TRUST_NOT_GENUINE',
    `the node handed out no repository: ${held.error}`,
  );
}

/** Where nobody can answer, naming the key on the command line was the answer. */
async function confirm(
  { terminal }: CliContext,
  { version, trustDomain }: TrustSet,
): Promise<void> {
  const answer = await terminal.ask(`publish this as version ${version} of ${trustDomain}? [y/N] `);
  if (answer === undefined || /^y(es)?$/i.test(answer)) return;
  throw new CliError('NOT_CONFIRMED', `version ${version} was not published`);
}

async function publish(
  { terminal }: CliContext,
  client: AdminService,
  change: SignedChange,
): Promise<void> {
  const encoded = Buffer.from(encodeChange(change)).toString('base64');
  const { version, nodes, digest } = await client.publishChange({ change: encoded });
  const told =
    nodes.length === 0 ? 'no other node is connected now' : `sent to ${nodes.join(', ')}`;
  terminal.write(`published version ${version}, digest ${digest}; ${told}\n`);
}
