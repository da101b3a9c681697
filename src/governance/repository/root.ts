import { type Key, Metadata, Root } from '@tufjs/models';
import { sha256Hex } from '../../crypto/index.ts';
import { isOwnName, keyNamed, namedKeys, type Signers, tufKey } from './keys.ts';
import { LIVES_MS } from './lives.ts';
import { canonicalOf, parseRoot, SPEC_VERSION, tufDate } from './metadata.ts';

/** Who signs what: the governors (people) root and targets, the authorities (online) the rest. */
interface RootParams {
  readonly version: number;
  readonly governors: Signers;
  /** Raw Ed25519 public keys (hex) of all authorities: any one of them signs. */
  readonly onlineKeys: readonly string[];
  readonly now: number;
}

const THRESHOLD_ONLINE = 1; // any living authority must be able to go on alone

/** An unsigned root (TUF section 4.3), made from its JSON: the library has no other way to set thresholds. */
export function makeRoot({ version, governors, onlineKeys, now }: RootParams): Metadata<Root> {
  const online = onlineKeys.map((publicKey) => tufKey({ publicKey }));
  const governing = governors.keys.map(tufKey);
  const people = { keyids: idsOf(governing), threshold: governors.threshold };
  const machines = { keyids: idsOf(online), threshold: THRESHOLD_ONLINE };
  const keys = [...online, ...governing].map((key) => [key.keyID, key.toJSON()]);
  return new Metadata(
    Root.fromJSON({
      _type: 'root',
      spec_version: SPEC_VERSION,
      version,
      expires: tufDate(now + LIVES_MS.root),
      consistent_snapshot: true,
      keys: Object.fromEntries(keys),
      roles: { root: people, targets: people, snapshot: machines, timestamp: machines },
    }),
  );
}

/** The governors' keys and how many of them must sign. */
export function governorsOf({ signed }: Metadata<Root>): Signers {
  const role = signed.roles.root;
  return { keys: namedKeys(role?.keyIDs ?? [], signed.keys), threshold: role?.threshold ?? 1 };
}

/** Raw public keys (hex) that may sign the timestamp, sorted. */
export const onlineKeysOf = ({ signed }: Metadata<Root>): string[] =>
  (signed.roles.timestamp?.keyIDs ?? [])
    .flatMap((id) => keyNamed(signed.keys, id)?.keyVal.public ?? [])
    .sort();

/**
 * SHA-256 (hex) of what a root says. Not of its bytes: whoever hands a root on can add signatures to it, leave some out,
 * and space it otherwise, and it is the same root.
 */
export const rootSaysSha256 = (root: Metadata<Root>): string => sha256Hex(canonicalOf(root));

/**
 * TUF section 5.3.11: where a root takes an online key out, what was signed until then has no number any more. Looked
 * for at each step from `known` on: a key that was taken out may have come back, and who was away must come to the same
 * as who was there.
 */
export function forgetsNumbers(known: Metadata<Root>, newer: readonly Metadata<Root>[]): boolean {
  const chain = [known, ...newer].map(onlineKeysOf);
  return chain.some((keys, at) => {
    const next = chain[at + 1];
    return next !== undefined && keys.some((key) => !next.includes(key));
  });
}

/** Roots from their bytes; one that is malformed is left out, for whoever opens the chain to refuse. */
export const readRoots = (roots: readonly Uint8Array[]): Metadata<Root>[] =>
  roots.flatMap((bytes) => {
    const parsed = parseRoot(bytes);
    return parsed.ok ? [parsed.value] : [];
  });

/** What is wrong with who may sign what; the library has seen to thresholds of at least 1. */
export function rootProblem({ signed }: Metadata<Root>): string | undefined {
  const { version, keys, roles } = signed;
  if (!Object.entries(keys).every(isOwnName)) {
    return `root ${version} lists a key that is not named by its own hash`;
  }
  if (!isOneBody(roles.root, roles.targets)) {
    return `root ${version} lets others sign targets than root`;
  }
  return isOneBody(roles.timestamp, roles.snapshot)
    ? undefined
    : `root ${version} lets others sign snapshot than timestamp`;
}

type RootRole = Root['roles'][string];

/** The same keys, and as many of them. */
const isOneBody = (one?: RootRole, other?: RootRole): boolean =>
  one?.threshold === other?.threshold &&
  one?.keyIDs.toSorted().join() === other?.keyIDs.toSorted().join();

/** In order, so that the same people are spelled the same way whoever drafts it. */
const idsOf = (keys: readonly Key[]): string[] =>
  [...new Set(keys.map(({ keyID }) => keyID))].sort();
