import {
  type Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { MAX_OFFER_BYTES, MAX_TARGET_BYTES, MAX_TARGETS } from '../limits.ts';
import { delegationsOf, delegationsProblem } from './delegations.ts';
import {
  isNamedBy,
  isSignedFor,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
} from './metadata.ts';
import { refusal, refuse, type TrustRefusal } from './refusal.ts';
import { type DelegatedRole, fileOf, type TargetsRole } from './roles.ts';
import { rootProblem } from './root.ts';
import { isListOf, listedContents, listedTargets } from './targets.ts';
import type { DelegatedFiles, TrustFiles } from './trust-files.ts';

export type Lists = ReadonlyMap<TargetsRole, Metadata<Targets>>;

/** A repository whose files are signed, fit together and are all there. It may be out of date. */
export interface Repository {
  readonly files: TrustFiles;
  readonly root: Metadata<Root>;
  /** The governors' list. */
  readonly targets: Metadata<Targets>;
  /** Every list: the governors', then one for each namespace that it hands over, in order of name. */
  readonly lists: Lists;
  readonly snapshot: Metadata<Snapshot>;
  readonly timestamp: Metadata<Timestamp>;
}

/**
 * Opens signed files: checks every signature from the first root on, every hash, every content, and
 * lets go of what nothing lists. Expiry is not asked here: what was in force stays in force when its
 * authorities are out of reach.
 */
export function openRepository(files: TrustFiles): Result<Repository, TrustRefusal> {
  const root = openRoots(files.roots);
  if (!root.ok) return root;
  const timestamp = parseTimestamp(files.timestamp);
  const snapshot = parseSnapshot(files.snapshot);
  if (!timestamp.ok) return refuse('malformed', timestamp.error);
  if (!snapshot.ok) return refuse('malformed', snapshot.error);
  const targets = openTargets(root.value, files.targets);
  if (!targets.ok) return targets;
  const opened = openDelegated(targets.value, files.delegated);
  if (!opened.ok) return opened;
  const lists: Lists = new Map([['targets', targets.value] as const, ...opened.value]);
  const repository = {
    files: {
      ...files,
      delegated: new Map([...files.delegated].filter(([role]) => lists.has(role))),
      contents: listedContents([...lists.values()], files.contents),
    },
    root: root.value,
    targets: targets.value,
    lists,
    snapshot: snapshot.value,
    timestamp: timestamp.value,
  };
  const problem =
    checkSignatures(repository) ??
    checkLinks(repository) ??
    checkContents(lists, files.contents) ??
    checkSize(repository.files);
  return problem === undefined ? ok(repository) : { ok: false, error: problem };
}

/** TUF section 5.3: each root is the next version, signed as the one before and as itself ask. */
export function openRoots(roots: readonly Uint8Array[]): Result<Metadata<Root>, TrustRefusal> {
  let trusted: Metadata<Root> | undefined;
  for (const bytes of roots) {
    const parsed = parseRoot(bytes);
    if (!parsed.ok) return refuse('malformed', parsed.error);
    const next = parsed.value;
    const { version } = next.signed;
    if (trusted !== undefined && version !== trusted.signed.version + 1) {
      return refuse('rollback', `root ${version} follows root ${trusted.signed.version}`);
    }
    const signers = trusted === undefined ? [next] : [trusted, next];
    if (!signers.every((signer) => isSignedFor(signer, MetadataKind.Root, next))) {
      return refuse('wrong-signature', `root ${version} is not signed by enough governors`);
    }
    const problem = rootProblem(next);
    if (problem !== undefined) return refuse('malformed', problem);
    trusted = next;
  }
  return trusted === undefined ? refuse('malformed', 'there is no root') : ok(trusted);
}

/** The governors' list, signed as `root` asks. */
function openTargets(
  root: Metadata<Root>,
  bytes: Uint8Array,
): Result<Metadata<Targets>, TrustRefusal> {
  const targets = parseTargets(bytes);
  if (!targets.ok) return refuse('malformed', targets.error);
  const problem = delegationsProblem(targets.value);
  if (problem !== undefined) return refuse('malformed', problem);
  const { version } = targets.value.signed;
  if (!isListOf('targets', targets.value)) {
    return refuse('mix-and-match', `targets ${version} say that they are a team's`);
  }
  if (isSignedFor(root, MetadataKind.Targets, targets.value)) return targets;
  return refuse('wrong-signature', `targets ${version} are not signed by enough governors`);
}

/** The list of each team, signed as the governors' list asks. What is there beside is passed over. */
function openDelegated(
  targets: Metadata<Targets>,
  files: DelegatedFiles,
): Result<[DelegatedRole, Metadata<Targets>][], TrustRefusal> {
  const opened: [DelegatedRole, Metadata<Targets>][] = [];
  for (const role of delegationsOf(targets).keys()) {
    const bytes = files.get(role);
    if (bytes === undefined) return refuse('mix-and-match', `the list ${role} is missing`);
    const list = parseTargets(bytes);
    if (!list.ok) return refuse('malformed', `${role}: ${list.error}`);
    if (list.value.signed.delegations !== undefined) {
      return refuse('malformed', `${role} delegates on, which no team may`);
    }
    if (!isListOf(role, list.value)) {
      return refuse('mix-and-match', `${role} does not say that it is the list of that namespace`);
    }
    if (!isSignedFor(targets, role, list.value)) {
      const detail = `${role} ${list.value.signed.version} is not signed by enough of its team`;
      return refuse('wrong-signature', detail);
    }
    opened.push([role, list.value]);
  }
  return ok(opened);
}

function checkSignatures(repository: Repository): TrustRefusal | undefined {
  const { root, snapshot, timestamp } = repository;
  const unsigned = [snapshot, timestamp].find(
    (metadata) => !isSignedFor(root, metadata.signed.type, metadata),
  );
  if (unsigned === undefined) return undefined;
  const { type, version } = unsigned.signed;
  return refusal('wrong-signature', `${type} ${version} is not signed as root asks`);
}

/** TUF sections 5.5.2, 5.5.4, 5.6.2 and 5.6.4: timestamp names snapshot, snapshot names every list. */
function checkLinks(repository: Repository): TrustRefusal | undefined {
  const { files, lists, snapshot, timestamp } = repository;
  const named = timestamp.signed.snapshotMeta;
  if (named.version !== snapshot.signed.version || !isNamedBy(named, files.snapshot)) {
    const detail = `timestamp ${timestamp.signed.version} names another snapshot`;
    return refusal('mix-and-match', detail);
  }
  for (const [role, { signed }] of lists) {
    const meta = snapshot.signed.meta[fileOf(role)];
    const bytes = role === 'targets' ? files.targets : files.delegated.get(role);
    if (meta?.version !== signed.version || bytes === undefined || !isNamedBy(meta, bytes)) {
      return refusal('mix-and-match', `snapshot ${snapshot.signed.version} names other ${role}`);
    }
  }
  return undefined;
}

/** TUF section 5.7.2: every content has the length and the SHA-256 that its list says. */
export function checkContents(
  lists: Lists,
  contents: ReadonlyMap<string, Uint8Array>,
): TrustRefusal | undefined {
  const listed = [...lists.values()].flatMap(listedTargets);
  if (listed.length > MAX_TARGETS) {
    return refusal('too-large', `${listed.length} targets; at most ${MAX_TARGETS} are read`);
  }
  for (const { path, sha256, length } of listed) {
    if (length > MAX_TARGET_BYTES) {
      return refusal('too-large', `${path} has ${length} bytes of at most ${MAX_TARGET_BYTES}`);
    }
    const content = contents.get(sha256);
    if (content === undefined) return refusal('content-missing', `${path} (${sha256}) is missing`);
    if (content.length !== length || sha256Hex(content) !== sha256) {
      return refusal('mix-and-match', `${path} is not what was signed`);
    }
  }
  return undefined;
}

function checkSize(files: TrustFiles): TrustRefusal | undefined {
  const size = sizeOf(files);
  if (size <= MAX_OFFER_BYTES) return undefined;
  return refusal('too-large', `the repository has ${size} bytes of at most ${MAX_OFFER_BYTES}`);
}

export function sizeOf(files: TrustFiles): number {
  const { roots, timestamp, snapshot, targets, delegated, contents } = files;
  const parts = [...roots, timestamp, snapshot, targets, ...delegated.values()];
  return [...parts, ...contents.values()].reduce((total, bytes) => total + bytes.length, 0);
}
