import { closest } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_OFFER_BYTES, MAX_TARGET_BYTES, MAX_TARGETS } from '../limits.ts';
import { type Repository, sizeOf } from '../repository/index.ts';
import { decodeTarget, decodeTrustDomain, SETTINGS_PATH } from '../resources/index.ts';
import type { Target } from '../target.ts';
import { effectiveTargets } from '../verification/index.ts';

/** Bytes by path, of all lists together. */
export type Contents = ReadonlyMap<string, Uint8Array>;

interface Wanted {
  readonly put: readonly Target[];
  readonly remove: readonly string[];
}

/** What each path holds now, in order of path. */
export const contentsByPath = ({ lists, files }: Repository): Contents =>
  new Map(
    effectiveTargets(lists).effective.map(({ path, sha256 }) => [
      path,
      files.contents.get(sha256) ?? new Uint8Array(), // opening it proved that all are there
    ]),
  );

/**
 * What each path is to hold.
 *
 * @throws GovernanceError TARGET_UNKNOWN, LAST_AUTHORITY, CHANGE_TOO_LARGE
 */
export function wantedContents(
  held: Repository,
  before: Contents,
  { put, remove }: Wanted,
): Contents {
  const after = new Map(before);
  for (const path of remove) {
    if (!after.delete(path)) throw unknownTarget(path, [...before.keys()]);
  }
  for (const { path, bytes } of put) after.set(path, bytes);
  if (![...after.keys()].some((path) => path.startsWith('authorities/'))) {
    throw new GovernanceError('LAST_AUTHORITY', 'the change removes the last authority');
  }
  checkSize(held, after);
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

/** The paths that a change names, whether what stands there differs or not. */
export const touchedPaths = ({ put, remove }: Pick<Wanted, 'put' | 'remove'>): string[] => [
  ...put.map(({ path }) => path),
  ...remove,
];

/**
 * The online keys of all authorities, sorted, each once.
 *
 * @throws GovernanceError CHANGE_REFUSED
 */
export function onlineKeysIn(contents: Contents): string[] {
  const trustDomain = decodeTrustDomain(contents.get(SETTINGS_PATH) ?? new Uint8Array());
  if (!trustDomain.ok) {
    throw new GovernanceError('CHANGE_REFUSED', `${SETTINGS_PATH}: ${trustDomain.error}`);
  }
  const keys = new Set<string>();
  for (const [path, bytes] of contents) {
    if (!path.startsWith('authorities/')) continue;
    const content = decodeTarget(path, bytes, trustDomain.value);
    if (!content.ok) throw new GovernanceError('CHANGE_REFUSED', `${path}: ${content.error}`);
    if (content.value.kind === 'Authority') keys.add(content.value.authority.onlineKey);
  }
  return [...keys].sort();
}
