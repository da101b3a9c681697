import type { Metadata, Root } from '@tufjs/models';
import { closest } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_OFFER_BYTES, MAX_TARGET_BYTES, MAX_TARGETS } from '../limits.ts';
import {
  byHash,
  contentsByPath,
  encodeMetadata,
  expiryMs,
  governorsOf,
  isDue,
  LIVES_MS,
  makeRoot,
  makeTargets,
  onlineKeysOf,
  type Repository,
  type SignedChange,
  sign,
  sizeOf,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import type { Target } from '../target.ts';
import { readTrustSet } from '../verification/index.ts';
import { openAsGovernor } from './open-as-governor.ts';

export interface DraftParams {
  readonly held: TrustFiles;
  /** Added, or put in the place of what stands at the same path. */
  readonly put: readonly Target[];
  /** Paths to take out. */
  readonly remove: readonly string[];
  readonly governor: TrustSigner;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Contents = ReadonlyMap<string, Uint8Array>;

/**
 * Signs the next version of the targets with the change in it and, when the authorities' online keys
 * change or the root ages, the next root. Undefined when there is nothing to sign.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, NOT_A_GOVERNOR, TARGET_UNKNOWN, LAST_AUTHORITY,
 * CHANGE_TOO_LARGE, CHANGE_REFUSED
 */
export function draftChange(params: DraftParams): SignedChange | undefined {
  const { held, governor, now } = params;
  const repository = openAsGovernor(held, governor);
  const before = contentsByPath(repository);
  const after = applied(before, params);
  const added = [...after].filter(([path, bytes]) => !isSame(before.get(path), bytes));
  const isAging = isDue(expiryMs(repository.targets), LIVES_MS.targets, now);
  if (added.length === 0 && after.size === before.size && !isAging) return undefined;

  checkSize(repository, after);
  const targets = makeTargets({
    version: repository.targets.signed.version + 1,
    targets: [...after].map(([path, bytes]) => ({ path, bytes })),
    before: repository.targets,
    now,
  });
  const reading = readTrustSet({
    rootVersion: repository.root.signed.version,
    targets,
    contents: byHash(after.values()),
  });
  if (!reading.ok) throw new GovernanceError('CHANGE_REFUSED', reading.error.detail);
  sign(targets, governor);
  const online = reading.value.set.authorities.map(({ onlineKey }) => onlineKey);
  const root = nextRoot(repository.root, online, now);
  if (root !== undefined) sign(root, governor);
  return {
    ...(root === undefined ? {} : { root: encodeMetadata(root) }),
    targets: encodeMetadata(targets),
    contents: added.map(([, bytes]) => bytes),
  };
}

function applied(before: Contents, { put, remove }: DraftParams): Contents {
  const after = new Map(before);
  for (const path of remove) {
    if (!after.delete(path)) throw unknownTarget(path, [...before.keys()]);
  }
  for (const { path, bytes } of put) after.set(path, bytes);
  if (![...after.keys()].some((path) => path.startsWith('authorities/'))) {
    throw new GovernanceError('LAST_AUTHORITY', 'the change removes the last authority');
  }
  return after;
}

function unknownTarget(path: string, known: readonly string[]): GovernanceError {
  const near = closest(path, known);
  const remedy = near === undefined ? {} : { remedy: `Did you mean ${near}?` };
  return new GovernanceError('TARGET_UNKNOWN', `there is no ${path} to remove`, remedy);
}

function checkSize({ files }: Repository, after: Contents): void {
  const fail = (message: string): never => {
    throw new GovernanceError('CHANGE_TOO_LARGE', message);
  };
  if (after.size > MAX_TARGETS) fail(`${after.size} targets of at most ${MAX_TARGETS}`);
  for (const [path, { length }] of after) {
    if (length > MAX_TARGET_BYTES)
      fail(`${path} has ${length} bytes of at most ${MAX_TARGET_BYTES}`);
  }
  const size = sizeOf({ ...files, contents: after });
  if (size > MAX_OFFER_BYTES) fail(`${size} bytes in all, of at most ${MAX_OFFER_BYTES}`);
}

function nextRoot(
  root: Metadata<Root>,
  onlineKeys: readonly string[],
  now: number,
): Metadata<Root> | undefined {
  const isRotated = [...onlineKeys].sort().join() !== onlineKeysOf(root).join();
  if (!isRotated && !isDue(expiryMs(root), LIVES_MS.root, now)) return undefined;
  const version = root.signed.version + 1;
  return makeRoot({ version, governors: governorsOf(root), onlineKeys, now });
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && Buffer.compare(a, b) === 0;
