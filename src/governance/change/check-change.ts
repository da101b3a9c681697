import { type Metadata, MetadataKind, type Root, type Targets } from '@tufjs/models';
import { GovernanceError } from '../errors.ts';
import {
  byHash,
  checkContents,
  isSignedFor,
  listedContents,
  openRoots,
  parseTargets,
  type Repository,
  type SignedChange,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { readTrustSet } from '../verification/index.ts';

/** A change whose governors' signatures, versions and contents are good. */
export interface CheckedChange {
  readonly roots: readonly Uint8Array[];
  readonly root: Metadata<Root>;
  readonly targets: { readonly bytes: Uint8Array; readonly version: number };
  readonly set: TrustSet;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Judges a change before an authority signs anything for it: it must be the next version, signed by
 * the governors of the root in force (and of the next one, if it brings one), complete and readable.
 *
 * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED
 */
export function checkChange(held: Repository, change: SignedChange): CheckedChange {
  const targets = parseTargets(change.targets);
  if (!targets.ok) throw refused(targets.error);
  checkVersion(held, targets.value);

  const roots = [...held.files.roots, ...(change.root === undefined ? [] : [change.root])];
  const root = openRoots(roots);
  if (!root.ok) throw refused(root.error.detail);
  if (!isSignedFor(root.value, MetadataKind.Targets, targets.value)) {
    throw refused(`targets ${targets.value.signed.version} are not signed by enough governors`);
  }
  const offered = new Map([...held.files.contents, ...byHash(change.contents)]);
  const problem = checkContents(targets.value, offered);
  if (problem !== undefined) throw refused(problem.detail);
  const contents = listedContents(targets.value, offered);
  const rootVersion = root.value.signed.version;
  const reading = readTrustSet({ rootVersion, targets: targets.value, contents });
  if (!reading.ok) throw refused(reading.error.detail);
  const list = { bytes: change.targets, version: targets.value.signed.version };
  return { roots, root: root.value, targets: list, contents, set: reading.value.set };
}

function checkVersion({ targets }: Repository, next: Metadata<Targets>): void {
  const inForce = targets.signed.version;
  if (next.signed.version === inForce + 1) return;
  throw new GovernanceError(
    'CHANGE_OVERTAKEN',
    `the change is version ${next.signed.version}, and version ${inForce} is in force`,
  );
}

const refused = (message: string): GovernanceError =>
  new GovernanceError('CHANGE_REFUSED', message);
