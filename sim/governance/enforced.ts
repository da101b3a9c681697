import { sha256Hex } from '../../src/crypto/index.ts';
import { canonicalJson, type Repository, type TargetsRole } from '../../src/governance/index.ts';
import type { Enforced, EnforcedList } from '../witness/index.ts';

/** Nodes share what they verified, so it is read once. */
const read = new WeakMap<Repository, Enforced>();

/** What a node has in force, read from the very bytes that it holds and would hand on. */
export function enforcedOf(repository: Repository): Enforced {
  const known = read.get(repository) ?? readEnforced(repository);
  read.set(repository, known);
  return known;
}

function readEnforced({ files, root, snapshot, timestamp }: Repository): Enforced {
  const parts: readonly (readonly [TargetsRole, Uint8Array])[] = [
    ['targets', files.targets],
    ...files.delegated,
  ];
  return {
    root: root.signed.version,
    snapshot: snapshot.signed.version,
    timestamp: timestamp.signed.version,
    lists: new Map(parts.map(([role, bytes]) => [role, listIn(bytes)])),
  };
}

/** As TUF lays it out: what is signed, and the signatures beside. */
export function listIn(bytes: Uint8Array): EnforcedList {
  const { signed } = JSON.parse(Buffer.from(bytes).toString());
  return { version: signed.version, digest: sha256Hex(Buffer.from(canonicalJson(signed))) };
}
