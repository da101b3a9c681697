import type { Status } from '../admin/index.ts';
import { describeDuration, PROGRAM_VERSION } from '../core/index.ts';
import { certificateDer, sha256Hex } from '../crypto/index.ts';
import type { TrustStore } from '../governance/index.ts';
import type { Membership } from '../membership/index.ts';
import type { Clock, EpochMs } from '../ports/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import type { CredentialKeeper } from './credential-keeper.ts';
import type { DataDirectory } from './data-directory.ts';
import type { MeshView } from './mesh-view.ts';
import type { WorkloadServer } from './workload-server.ts';

/** A certificate or credential with less than this share of a week left is worth a person's look. */
const SOON_MS = 24 * 3_600_000;

export interface StatusReportParts {
  readonly directory: DataDirectory;
  readonly trust: TrustStore;
  readonly records: RecordStore;
  readonly membership: Membership;
  readonly credentials: CredentialKeeper;
  readonly role: AuthorityRole;
  readonly view: MeshView;
  readonly workloads: WorkloadServer;
  readonly clock: Clock;
}

/** How this node is, what it enforces, and what a person should look into. */
export class StatusReport {
  readonly #parts: StatusReportParts;
  readonly #startedAt: EpochMs;

  constructor(parts: StatusReportParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  current(): Status {
    const { directory, trust, records, membership, credentials, role, workloads } = this.#parts;
    const { version, rootVersion, digest, trustDomain } = trust.current();
    const members = membership.members();
    return {
      trustDomain,
      node: directory.identity.node,
      version: PROGRAM_VERSION,
      startedAt: new Date(this.#startedAt).toISOString(),
      authority: role.authority() === undefined ? 'candidate' : 'yes',
      certificateSha256: sha256Hex(certificateDer(directory.authorityCertificatePem)),
      trust: { version, rootVersion, digest, timestamp: this.#expiry(this.#timestampEnd()) },
      records: { digest: records.digest(), count: records.heads().length },
      members: {
        alive: members.filter(({ state }) => state === 'alive').length,
        unreachable: members.flatMap(({ name, state }) => (state === 'unreachable' ? [name] : [])),
      },
      credential: this.#expiry(credentials.credential.expiresAt),
      workloads: workloads.sessions.flatMap(({ workload, facts }) => {
        if (workload === undefined) return [];
        const { spiffeId, svidEndsAt, hello } = workload;
        return [
          {
            spiffeId,
            pid: facts.pid,
            ...(hello.serves === undefined ? {} : { serves: hello.serves.service }),
            ...(svidEndsAt === undefined ? {} : { svid: this.#expiry(svidEndsAt) }),
          },
        ];
      }),
      warnings: this.warnings(),
    };
  }

  /** In words; empty when all is well. */
  warnings(): string[] {
    const { trust, membership, credentials, clock, view } = this.#parts;
    const now = clock.now();
    const unreachable = membership.members().filter(({ state }) => state === 'unreachable');
    const quarantined = view.current().endpoints.filter(({ state }) => state === 'quarantined');
    return [
      ...ending('the membership credential', credentials.credential.expiresAt - now),
      ...ending('the trust repository’s timestamp', this.#timestampEnd() - now),
      ...unreachable.map(({ name, since }) => {
        return `${name} is unreachable for ${describeDuration(now - since)}`;
      }),
      ...quarantined.map(({ id, reason }) => `endpoint ${id} is quarantined: ${reason}`),
      ...trust
        .skipped()
        .map(({ path }) => `${path} cannot be read by this version and is left out`),
    ];
  }

  #timestampEnd(): EpochMs {
    return Date.parse(this.#parts.trust.repository().timestamp.signed.expires);
  }

  #expiry(endsAt: EpochMs) {
    return { expiresAt: new Date(endsAt).toISOString(), leftMs: endsAt - this.#parts.clock.now() };
  }
}

function ending(what: string, leftMs: number): string[] {
  if (leftMs <= 0) return [`${what} has ended: start an authority, or set this host’s clock`];
  return leftMs < SOON_MS ? [`${what} ends in ${describeDuration(leftMs)}`] : [];
}
