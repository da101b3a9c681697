import { fileOf, type Repository } from '../repository/index.ts';
import type { Conflict } from './conflict.ts';
import { type FileVersion, type Standing, standingOf } from './standing.ts';

/** Online keys whose last snapshot is remembered: more than a mesh has authorities. */
const MAX_SIGNERS = 64;

/**
 * What each online key has signed last. An authority never goes back: whoever signs older lists after newer ones, or two
 * snapshots under one number, does not hold its key alone, or was set back to a backup. These two are proofs; that an
 * authority did not know what another one published is none.
 */
export class SignerMemory {
  readonly #last = new Map<string, Standing>();
  #root = 0;

  /** What a snapshot that `keyId` signed proves of it, if anything. Give it every one that was verified. */
  learn(keyId: string, repository: Repository): Conflict | undefined {
    const next = standingOf(repository);
    if (next.root.version < this.#root) return undefined;
    if (next.root.version > this.#root) this.#last.clear(); // numbers may start anew with each root
    this.#root = next.root.version;
    const last = this.#last.get(keyId);
    const detail = last === undefined ? undefined : contradiction(last, next);
    if (last === undefined || next.snapshot.version > last.snapshot.version) {
      if (this.#last.size < MAX_SIGNERS || last !== undefined) this.#last.set(keyId, next);
    }
    return detail === undefined ? undefined : { kind: 'took-back', detail };
  }
}

function contradiction(a: Standing, b: Standing): string | undefined {
  const [before, after] = a.snapshot.version <= b.snapshot.version ? [a, b] : [b, a];
  const { version } = after.snapshot;
  if (before.snapshot.version === version) {
    const isSame = before.snapshot.sha256 === after.snapshot.sha256;
    return isSame ? undefined : `two snapshots ${version} bear its signature`;
  }
  for (const [role, list] of before.lists) {
    const later = after.lists.get(role);
    if (later === undefined || later.version >= list.version) continue;
    if (role !== 'targets' && isNewer(after, before)) continue; // other keys, with numbers of their own
    const versions = `${fileOf(role)} ${list.version} in snapshot ${before.snapshot.version}`;
    return `it signed ${versions}, and ${later.version} in snapshot ${version}`;
  }
  return undefined;
}

const isNewer = ({ lists: after }: Standing, { lists: before }: Standing): boolean =>
  versionOf(after.get('targets')) > versionOf(before.get('targets'));

const versionOf = (list: FileVersion | undefined): number => list?.version ?? 0;
