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
import { MAX_OFFER_BYTES, MAX_TARGET_BYTES } from '../limits.ts';
import {
  isNamedBy,
  isSignedFor,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
} from './metadata.ts';
import { refusal, refuse, type TrustRefusal } from './refusal.ts';
import { hasDistinctKeys } from './root.ts';
import { listedContents, listedTargets } from './targets.ts';
import type { TrustFiles } from './trust-files.ts';

/** A repository whose files are signed, fit together and are all there. It may be out of date. */
export interface Repository {
  readonly files: TrustFiles;
  readonly root: Metadata<Root>;
  readonly targets: Metadata<Targets>;
  readonly snapshot: Metadata<Snapshot>;
  readonly timestamp: Metadata<Timestamp>;
}

/**
 * Opens signed files: checks every signature from the first root on, every hash, every content, and
 * lets contents go that nothing lists. Expiry is not asked here: what was in force stays in force
 * when its authorities are out of reach.
 */
export function openRepository(files: TrustFiles): Result<Repository, TrustRefusal> {
  const root = openRoots(files.roots);
  if (!root.ok) return root;
  const timestamp = parseTimestamp(files.timestamp);
  const snapshot = parseSnapshot(files.snapshot);
  const targets = parseTargets(files.targets);
  if (!timestamp.ok) return refuse('malformed', timestamp.error);
  if (!snapshot.ok) return refuse('malformed', snapshot.error);
  if (!targets.ok) return refuse('malformed', targets.error);
  const repository = {
    files: { ...files, contents: listedContents(targets.value, files.contents) },
    root: root.value,
    targets: targets.value,
    snapshot: snapshot.value,
    timestamp: timestamp.value,
  };
  const problem =
    checkSignatures(repository) ??
    checkLinks(repository) ??
    checkContents(repository.targets, files.contents) ??
    checkSize(repository.files);
  return problem === undefined ? ok(repository) : { ok: false, error: problem };
}

/** What each path holds, in order of path. */
export const contentsByPath = ({ targets, files }: Repository): Map<string, Uint8Array> =>
  new Map(
    listedTargets(targets).map(({ path, sha256 }) => [
      path,
      files.contents.get(sha256) ?? new Uint8Array(), // opening it proved that all are there
    ]),
  );

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
    if (!hasDistinctKeys(next)) {
      return refuse('malformed', `root ${version} lists one key under two names`);
    }
    trusted = next;
  }
  return trusted === undefined ? refuse('malformed', 'there is no root') : ok(trusted);
}

function checkSignatures(repository: Repository): TrustRefusal | undefined {
  const { root, targets, snapshot, timestamp } = repository;
  const unsigned = [targets, snapshot, timestamp].find(
    (metadata) => !isSignedFor(root, metadata.signed.type, metadata),
  );
  if (unsigned === undefined) return undefined;
  const { type, version } = unsigned.signed;
  return refusal('wrong-signature', `${type} ${version} is not signed as root asks`);
}

/** TUF sections 5.5.2, 5.5.4, 5.6.2 and 5.6.4: timestamp names snapshot, snapshot names targets. */
function checkLinks(repository: Repository): TrustRefusal | undefined {
  const { files, targets, snapshot, timestamp } = repository;
  const named = timestamp.signed.snapshotMeta;
  if (named.version !== snapshot.signed.version || !isNamedBy(named, files.snapshot)) {
    const detail = `timestamp ${timestamp.signed.version} names another snapshot`;
    return refusal('mix-and-match', detail);
  }
  const list = snapshot.signed.meta['targets.json'];
  if (list?.version !== targets.signed.version || !isNamedBy(list, files.targets)) {
    const detail = `snapshot ${snapshot.signed.version} names other targets`;
    return refusal('mix-and-match', detail);
  }
  return undefined;
}

/** TUF section 5.7.2: every content has the length and the SHA-256 that the targets list says. */
export function checkContents(
  targets: Metadata<Targets>,
  contents: ReadonlyMap<string, Uint8Array>,
): TrustRefusal | undefined {
  for (const { path, sha256, length } of listedTargets(targets)) {
    if (length > MAX_TARGET_BYTES) {
      return refusal('too-large', `${path} has ${length} bytes of at most ${MAX_TARGET_BYTES}`);
    }
    const content = contents.get(sha256);
    if (content === undefined) return refusal('content-missing', `${path} (${sha256}) is missing`);
    if (content.length !== length || sha256Hex(content) !== sha256) {
      return refusal('mix-and-match', `${path} is not what the governors signed`);
    }
  }
  return undefined;
}

function checkSize(files: TrustFiles): TrustRefusal | undefined {
  const size = sizeOf(files);
  if (size <= MAX_OFFER_BYTES) return undefined;
  return refusal('too-large', `the repository has ${size} bytes of at most ${MAX_OFFER_BYTES}`);
}

export function sizeOf({ roots, timestamp, snapshot, targets, contents }: TrustFiles): number {
  const all = [...roots, timestamp, snapshot, targets, ...contents.values()];
  return all.reduce((total, bytes) => total + bytes.length, 0);
}
