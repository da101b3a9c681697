import { sha256Hex } from '../../crypto/index.ts';
import { describeChange } from '../change/index.ts';
import type { Repository, Role, TargetsRole } from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { formatVersion } from '../version-name.ts';
import type { KeptChange, KeptPart } from './kept-change.ts';
import { MAX_LINES } from './limits.ts';
import { publisherOf, signersOf } from './signed-by.ts';

/** What came into force, and when. */
export interface Adopted {
  readonly repository: Repository;
  readonly set: TrustSet;
  readonly adoptedAtMs: number;
  /** What the proposal that brought these versions was for, if that is known. */
  readonly reasonOf?: (
    versions: readonly Pick<KeptPart, 'role' | 'version'>[],
  ) => string | undefined;
}

/** What is remembered of a change, but for the bytes behind it. */
export function changeOf(
  { repository, set, adoptedAtMs, reasonOf }: Adopted,
  last: Pick<KeptChange, 'n' | 'parts' | 'rootVersion'> | undefined,
  before: TrustSet | undefined,
): Omit<KeptChange, 'added' | 'gone'> {
  const parts = partsOf(repository, last?.parts ?? []);
  const publishedBy = publisherOf(repository);
  const reason = reasonOf?.(parts.filter(({ isNew }) => isNew));
  const publisher = set.authorities.find(({ onlineKey }) => onlineKey === publishedBy)?.node;
  return {
    v: 1,
    n: last === undefined ? 0 : last.n + 1,
    adoptedAtMs,
    digest: set.digest,
    rootVersion: set.rootVersion,
    revision: set.revision,
    ...(set.publishedAtMs === undefined ? {} : { publishedAtMs: set.publishedAtMs }),
    ...(publishedBy === undefined ? {} : { publishedBy }),
    ...(publisher === undefined ? {} : { publisher }),
    parts,
    ...(reason === undefined || reason === '' ? {} : { reason }),
    lines: before === undefined ? [] : shortened(describeChange(before, set)),
    missed: last === undefined ? [] : parts.flatMap((part) => missedBy(part, last.parts)),
  };
}

function partsOf(repository: Repository, before: readonly KeptPart[]): KeptPart[] {
  const { root, lists, files } = repository;
  const known = new Map(before.map((part) => [part.role, part]));
  const all: readonly (readonly [Role, number, Uint8Array | undefined])[] = [
    ['root', root.signed.version, undefined],
    ...[...lists].map(
      ([role, { signed }]) => [role, signed.version, bytesOf(files, role)] as const,
    ),
  ];
  return all.map(([role, version, bytes]) => {
    const sha256 = bytes === undefined ? undefined : sha256Hex(bytes);
    const was = known.get(role);
    return {
      role,
      version,
      signedBy: signersOf(repository, role),
      isNew: was?.version !== version || was.sha256 !== sha256,
      ...(sha256 === undefined ? {} : { sha256 }),
    };
  });
}

const bytesOf = ({ targets, delegated }: Repository['files'], role: TargetsRole) =>
  role === 'targets' ? targets : delegated.get(role);

/** `5`, or `payments/2 to 4`: what lies between this version and the one that was here before. */
function missedBy({ role, version }: KeptPart, before: readonly KeptPart[]): string[] {
  const was = before.find((part) => part.role === role)?.version;
  if (role === 'root' || was === undefined || version <= was + 1) return [];
  const first = formatVersion({ role, version: was + 1 });
  return [version === was + 2 ? first : `${first} to ${version - 1}`];
}

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `and ${more} more`] : [...lines];
}
