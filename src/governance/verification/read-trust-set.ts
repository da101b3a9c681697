import type { Metadata, Root } from '@tufjs/models';
import { ok, type Result, type TrustDomain } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import {
  delegationsOf,
  expiryMs,
  governorsOf,
  type ListedTarget,
  type Lists,
  listedTargets,
  namespaceOf,
  refuse,
  remembered,
  type Signers,
  type TargetsRole,
  type TrustRefusal,
} from '../repository/index.ts';
import {
  byKind,
  decodeTarget,
  decodeTrustDomain,
  SETTINGS_PATH,
  type TargetContent,
} from '../resources/index.ts';
import type { ListInForce, TrustSet } from '../trust-set.ts';
import { formatVersion, type VersionName } from '../version-name.ts';
import { effectiveTargets, type SkippedTarget } from './effective-targets.ts';

export interface TrustReading {
  readonly set: TrustSet;
  readonly skipped: readonly SkippedTarget[];
}

/** What {@link readTrustSet} reads: already verified, contents complete. */
export interface VerifiedTargets {
  readonly root: Metadata<Root>;
  readonly lists: Lists;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Version of the snapshot. */
  readonly revision: number;
  readonly publishedAtMs: number | undefined;
}

/**
 * Reads the targets into what is in force. One that cannot be read (a newer version wrote it) is
 * left out and told; but without its settings and all its authorities a mesh is not what its
 * governors signed, so those refuse the set.
 */
export function readTrustSet(verified: VerifiedTargets): Result<TrustReading, TrustRefusal> {
  const trustDomain = readTrustDomain(verified);
  if (!trustDomain.ok) return trustDomain;
  const { effective, skipped: foreign } = effectiveTargets(verified.lists);

  const contents: TargetContent[] = [];
  const skipped: SkippedTarget[] = [...foreign];
  for (const { role, path, sha256, since } of effective) {
    const bytes = verified.contents.get(sha256) ?? new Uint8Array();
    const content = readOnce(path, bytes, trustDomain.value);
    if (content.ok) {
      const { value } = content;
      contents.push(since === undefined ? value : broughtBy(value, { role, version: since }));
    } else if (path === SETTINGS_PATH || path.startsWith('authorities/')) {
      return refuse('unreadable', `${path}: ${content.error}`);
    } else {
      skipped.push({ path, reason: content.error });
    }
  }
  const set = assemble(verified, trustDomain.value, contents, effective);
  if (set.authorities.length === 0) return refuse('unreadable', 'no authority is listed');
  return ok({ set, skipped });
}

/** What the governors' settings say that the mesh is called. */
export function readTrustDomain({
  lists,
  contents,
}: Pick<VerifiedTargets, 'lists' | 'contents'>): Result<TrustDomain, TrustRefusal> {
  const targets = lists.get('targets');
  const listed = targets && listedTargets(targets).find(({ path }) => path === SETTINGS_PATH);
  if (listed === undefined) return refuse('unreadable', `${SETTINGS_PATH} is not listed`);
  const trustDomain = decodeTrustDomain(contents.get(listed.sha256) ?? new Uint8Array());
  return trustDomain.ok
    ? trustDomain
    : refuse('unreadable', `${SETTINGS_PATH}: ${trustDomain.error}`);
}

/** What contents were read as, by where they stand: those that stay in force are read once. */
const readings = remembered((_: Uint8Array) => new Map<string, Result<TargetContent, string>>());

function readOnce(
  path: string,
  bytes: Uint8Array,
  trustDomain: TrustDomain,
): Result<TargetContent, string> {
  const place = `${trustDomain} ${path}`;
  const before = readings(bytes).get(place);
  if (before !== undefined) return before;
  const content = decodeTarget(path, bytes, trustDomain);
  readings(bytes).set(place, content);
  return content;
}

/**
 * Which change brought it is asked of a policy that denies, by a person, and of a revocation, by whoever judges what was
 * signed by an older list.
 */
function broughtBy(content: TargetContent, since: VersionName): TargetContent {
  if (content.kind === 'Policy') {
    return { ...content, policy: { ...content.policy, since: formatVersion(since) } };
  }
  if (content.kind !== 'Revocation' || !('beforeMs' in content.revocation)) return content;
  return { ...content, revocation: { ...content.revocation, version: since.version } };
}

function assemble(
  { root, lists, revision, publishedAtMs }: VerifiedTargets,
  trustDomain: TrustDomain,
  contents: readonly TargetContent[],
  effective: readonly ListedTarget[],
): TrustSet {
  const governors = governorsOf(root);
  const rootVersion = root.signed.version;
  const inForce = listsInForce(lists, governors);
  return {
    trustDomain,
    version: inForce[0]?.version ?? 0, // the governors' list is always there, and comes first
    rootVersion,
    revision,
    ...(publishedAtMs === undefined ? {} : { publishedAtMs }),
    digest: digestOf(rootVersion, inForce, effective),
    governors,
    lists: inForce,
    ...byKind(contents),
  };
}

function listsInForce(lists: Lists, governors: Signers): ListInForce[] {
  const targets = lists.get('targets');
  const delegations = targets === undefined ? undefined : delegationsOf(targets);
  const signersOf = (role: TargetsRole) =>
    role === 'targets' ? governors : (delegations?.get(role) ?? { keys: [], threshold: 0 });
  return [...lists].map(([role, list]) => ({
    role,
    version: list.signed.version,
    expiresAtMs: expiryMs(list),
    ...signersOf(role),
    ...(role === 'targets' ? {} : { namespace: namespaceOf(role) }),
  }));
}

/**
 * SHA-256 over versions, who may sign each list, and what is in force: not over dates and signatures,
 * which say nothing of the rules.
 */
function digestOf(
  rootVersion: number,
  lists: readonly ListInForce[],
  effective: readonly ListedTarget[],
): string {
  const signers = lists.map(({ role, version, keys, threshold }) => [
    role,
    version,
    threshold,
    keys.map(({ publicKey }) => publicKey).sort(),
  ]);
  const listed = effective.map(({ path, sha256 }) => [path, sha256]);
  return sha256Hex(Buffer.from(canonicalJson([rootVersion, signers, listed])));
}
