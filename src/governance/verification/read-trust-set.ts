import type { Metadata, Targets } from '@tufjs/models';
import { ok, type Result, type TrustDomain } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { listedTargets, refuse, type TrustRefusal } from '../repository/index.ts';
import {
  DEFAULT_SETTINGS,
  decodeTarget,
  decodeTrustDomain,
  SETTINGS_PATH,
  type TargetContent,
} from '../resources/index.ts';
import type { TrustSet } from '../trust-set.ts';

/** A signed target that this version of the software cannot read: left out, counted, logged. */
export interface SkippedTarget {
  readonly path: string;
  readonly reason: string;
}

export interface TrustReading {
  readonly set: TrustSet;
  readonly skipped: readonly SkippedTarget[];
}

/** What {@link readTrustSet} reads: already verified, contents complete. */
export interface VerifiedTargets {
  readonly rootVersion: number;
  readonly targets: Metadata<Targets>;
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads the targets into what is in force. One that cannot be read (a newer version wrote it) is
 * left out and told; but without its settings and all its authorities a mesh is not what its
 * governors signed, so those refuse the set.
 */
export function readTrustSet(verified: VerifiedTargets): Result<TrustReading, TrustRefusal> {
  const listed = listedTargets(verified.targets);
  const contentAt = (sha256: string): Uint8Array =>
    verified.contents.get(sha256) ?? new Uint8Array();
  const settings = listed.find(({ path }) => path === SETTINGS_PATH);
  if (settings === undefined) return refuse('unreadable', `${SETTINGS_PATH} is not listed`);
  const trustDomain = decodeTrustDomain(contentAt(settings.sha256));
  if (!trustDomain.ok) return refuse('unreadable', `${SETTINGS_PATH}: ${trustDomain.error}`);

  const contents: TargetContent[] = [];
  const skipped: SkippedTarget[] = [];
  for (const { path, sha256, since } of listed) {
    const content = decodeTarget(path, contentAt(sha256), trustDomain.value);
    if (content.ok) {
      contents.push(since === undefined ? content.value : broughtBy(content.value, since));
    } else if (path === SETTINGS_PATH || path.startsWith('authorities/')) {
      return refuse('unreadable', `${path}: ${content.error}`);
    } else {
      skipped.push({ path, reason: content.error });
    }
  }
  const set = assemble(verified, trustDomain.value, contents);
  if (set.authorities.length === 0) return refuse('unreadable', 'no authority is listed');
  return ok({ set, skipped });
}

/** Policies are the contents that a person asks about: which change brought the one that denies? */
const broughtBy = (content: TargetContent, since: number): TargetContent =>
  content.kind === 'Policy' ? { ...content, policy: { ...content.policy, since } } : content;

function assemble(
  { rootVersion, targets }: VerifiedTargets,
  trustDomain: TrustDomain,
  contents: readonly TargetContent[],
): TrustSet {
  const of = <Kind extends TargetContent['kind']>(kind: Kind) =>
    contents.filter(
      (content): content is Extract<TargetContent, { kind: Kind }> => content.kind === kind,
    );
  return {
    trustDomain,
    version: targets.signed.version,
    rootVersion,
    digest: digestOf(rootVersion, targets),
    authorities: of('Authority').map(({ authority }) => authority),
    services: of('Service').map(({ service }) => service),
    registrations: of('Registration').map(({ registration }) => registration),
    authentications: of('RequestAuthentication').map(({ authentication }) => authentication),
    policies: of('Policy').map(({ policy }) => policy),
    settings: of('MeshSettings')[0]?.settings ?? DEFAULT_SETTINGS,
  };
}

/** SHA-256 over root version, targets version and what is listed: not over dates and signatures. */
function digestOf(rootVersion: number, targets: Metadata<Targets>): string {
  const listed = listedTargets(targets).map(({ path, sha256 }) => [path, sha256]);
  return sha256Hex(Buffer.from(canonicalJson([rootVersion, targets.signed.version, listed])));
}
