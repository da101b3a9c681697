import type { AdminService } from '../admin/index.ts';
import {
  type DraftParams,
  draftProposal,
  encodeProposal,
  encodeVerdict,
  heldTrust,
  signProposal,
  type TrustFiles,
  type TrustSet,
  type TrustSigner,
} from '../governance/index.ts';
import { confirm } from './confirmation.ts';
import type { CliContext, NodeSelection } from './context.ts';
import { fetchHeld } from './held-trust.ts';
import { connectToNode } from './node-choice.ts';
import type { PassphraseSource } from './passphrase.ts';
import { changeLines, partsOf } from './proposal-at-hand.ts';
import { sayProgress } from './proposal-words.ts';
import { isSigned, type PartSigned, partLines } from './signature-words.ts';
import { thresholdWarning } from './signers.ts';
import { openSigner } from './signing.ts';

export interface ChangeOptions extends NodeSelection, PassphraseSource {
  /** Path of the key that signs at once; without it others sign. */
  readonly key?: string;
  /** For those who are to sign. */
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What a person wants to be different. */
export type WantedChange = Partial<
  Pick<DraftParams, 'put' | 'remove' | 'governors' | 'delegations' | 'renew'>
> & {
  /** What may not be as it was meant, said before anybody is asked to go on. */
  readonly warnings?: readonly string[];
  /** What is said where nothing would be different. */
  readonly unneeded?: string;
};

/** What a change is planned from. */
export interface ChangeGround {
  readonly inForce: TrustSet;
  /** The files that say so. */
  readonly held: TrustFiles;
  readonly client: AdminService;
  /** Who is about to sign, if anybody. */
  readonly signer: TrustSigner | undefined;
}

/**
 * The way of every change: take what a node holds, draft the next version in this process, show the difference,
 * sign it if there is a key, and hand it to the node: which publishes it when enough have signed, and otherwise
 * lets those who are still to sign know of it.
 */
export async function changeTrust(
  context: CliContext,
  options: ChangeOptions,
  plan: (ground: ChangeGround) => Promise<WantedChange>,
): Promise<void> {
  const { terminal, clock } = context;
  const { key, reason = '' } = options;
  const client = await connectToNode(context, options);
  const held = await fetchHeld(client);
  const signing =
    key === undefined ? undefined : await openSigner(context, { ...options, key }, held);
  const inForce = heldTrust(held);
  const signer = signing?.signer;
  const planned = await plan({ inForce, held, client, signer });
  const {
    warnings = [],
    unneeded = `nothing to change: version ${inForce.version} says all of it`,
    ...wanted
  } = planned;
  const now = clock.now();
  const proposal = draftProposal({ held, put: [], remove: [], ...wanted, reason, now });
  if (proposal === undefined) {
    terminal.write(`${unneeded}\n`);
    return;
  }
  const drafted = { held, proposal };
  const approvals = signing === undefined ? [] : [signProposal(held, proposal, signing.signer)];
  for (const line of changeLines(drafted)) terminal.write(`${line}\n`);
  const threshold = wanted.governors && thresholdWarning(wanted.governors);
  for (const warning of threshold === undefined ? warnings : [...warnings, threshold]) {
    terminal.writeError(`warning: ${warning}\n`);
  }
  const parts = partsOf(drafted, approvals);
  if (options.dryRun === true) return sayDryRun(context, parts);
  signing?.mesh.introduce();
  if (options.yes !== true) await askToGoOn(context, inForce, parts);
  signing?.mesh.remember();
  const progress = await client.propose({
    proposal: Buffer.from(encodeProposal(proposal)).toString('base64'),
    approvals: approvals.map(encodeVerdict),
  });
  sayProgress(terminal, progress, 'proposed');
}

function sayDryRun({ terminal }: CliContext, parts: readonly PartSigned[]): void {
  const isReady = parts.every(isSigned);
  const lines = isReady ? [] : partLines(parts);
  const done = isReady ? 'published' : 'proposed';
  for (const line of [...lines, `dry run: nothing was ${done}`]) terminal.write(`${line}\n`);
}

async function askToGoOn(
  context: CliContext,
  { trustDomain }: TrustSet,
  parts: readonly PartSigned[],
): Promise<void> {
  const versions = parts.filter(({ role }) => role !== 'root').map(({ version }) => version);
  const what = [...new Set(versions)].join(', ');
  const [question, undone] = parts.every(isSigned)
    ? [`publish this as version ${what} of ${trustDomain}?`, `version ${what} was not published`]
    : [`propose this as version ${what} of ${trustDomain}?`, 'nothing was proposed'];
  await confirm(context, question, undone, 'go on'); // naming the files was the answer
}
