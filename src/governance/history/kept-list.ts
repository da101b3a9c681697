import { encode } from '@ipld/dag-cbor';
import { type Metadata, MetadataKind, type Targets } from '@tufjs/models';
import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { MAX_TARGETS } from '../limits.ts';
import {
  byHash,
  checkContents,
  decodeAs,
  isListOf,
  isSignedFor,
  listedTargets,
  parseRoot,
  parseTargets,
  type Repository,
  type TargetsRole,
} from '../repository/index.ts';
import { formatVersion, type VersionName } from '../version-name.ts';

/** A list of before with all that it names, and with what its signatures are checked against. */
export interface KeptList {
  /** As it was signed. */
  readonly list: Uint8Array;
  /** The governors' list beside it: of a team's list it says who the team was. */
  readonly targets: Uint8Array;
  /** What the list names, by SHA-256 (hex). */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

const bytes = z.instanceof(Uint8Array);
const keptList = z.strictObject({
  v: z.literal(1),
  list: bytes,
  targets: bytes,
  contents: z.array(bytes).max(MAX_TARGETS),
});

export const encodeKeptList = ({ list, targets, contents }: KeptList): Uint8Array =>
  encode({ v: 1, list, targets, contents: [...contents.values()] });

/** The error says what is wrong with the shape; nothing in it is believed before {@link openKeptList}. */
export function decodeKeptList(encoded: Uint8Array): Result<KeptList, string> {
  const read = decodeAs(keptList, encoded, 'a list of before');
  if (!read.ok) return read;
  const { v: _, ...kept } = read.value;
  return ok({ ...kept, contents: byHash(kept.contents) });
}

/** The list that is in force now, in the form in which lists of before are kept. */
export function listInForce({ files, lists }: Repository, role: TargetsRole): KeptList | undefined {
  const list = role === 'targets' ? files.targets : files.delegated.get(role);
  const metadata = lists.get(role);
  if (list === undefined || metadata === undefined) return undefined;
  const named = new Set(listedTargets(metadata).map(({ sha256 }) => sha256));
  const contents = new Map([...files.contents].filter(([sha256]) => named.has(sha256)));
  return { list, targets: files.targets, contents };
}

export interface OpenedList {
  readonly list: Metadata<Targets>;
  readonly targets: Metadata<Targets>;
  /** Bytes by path. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Opens what a node says that a list of before was: it must have been signed by the governors of some root that
 * `held` goes back to, or by the team that such governors named, and be complete. A node cannot make a past up.
 */
export function openKeptList(
  held: Repository,
  { role, version }: VersionName,
  kept: KeptList,
): Result<OpenedList, string> {
  const name = formatVersion({ role, version });
  const targets = parseTargets(kept.targets);
  const list = role === 'targets' ? targets : parseTargets(kept.list);
  if (!targets.ok) return targets;
  if (!list.ok) return list;
  if (list.value.signed.version !== version) {
    return err(`it is version ${list.value.signed.version}, and not ${name}`);
  }
  if (!isListOf('targets', targets.value) || !isListOf(role, list.value)) {
    return err(`it is not the list of ${name}`);
  }
  if (!wasSignedByGovernors(held, targets.value)) {
    return err('governors of this mesh have never signed it');
  }
  if (role !== 'targets' && !isSignedFor(targets.value, role, list.value)) {
    return err(`the team of that time did not sign ${name}`);
  }
  const problem = checkContents(new Map([[role, list.value]]), kept.contents);
  if (problem !== undefined) return err(problem.detail);
  const contents = new Map(
    listedTargets(list.value).map(({ path, sha256 }) => [
      path,
      kept.contents.get(sha256) ?? new Uint8Array(), // all are there, by the line above
    ]),
  );
  return ok({ list: list.value, targets: targets.value, contents });
}

const wasSignedByGovernors = ({ files }: Repository, targets: Metadata<Targets>): boolean =>
  files.roots.toReversed().some((bytes) => {
    const root = parseRoot(bytes);
    return root.ok && isSignedFor(root.value, MetadataKind.Targets, targets);
  });
