import type { Status } from '../admin/index.ts';
import { describeDuration, formatProblem, PROGRAM_VERSION } from '../core/index.ts';
import { certificateDer, sha256Hex } from '../crypto/index.ts';
import type { TrustStore, TrustSync } from '../governance/index.ts';
import type { Member, Membership } from '../membership/index.ts';
import type { ClosedNamespace } from '../policy/index.ts';
import type { Clock, EpochMs } from '../ports/index.ts';
import type { Registry } from '../registry/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { AuthorityDates } from './authority-dates.ts';
import type { AuthorityRole } from './authority-role.ts';
import { conflictWarnings } from './conflict-warnings.ts';
import type { CredentialKeeper } from './credential-keeper.ts';
import type { DataDirectory } from './data-directory.ts';
import { evidenceWarnings } from './evidence-list.ts';
import type { Freshness } from './freshness.ts';
import type { IdentityCountdown } from './identity-countdown.ts';
import type { Issuance } from './issuance.ts';
import { datagramWarning, deathWarning } from './member-warnings.ts';
import type { DnsState } from './names-plane.ts';
import type { PolicyReading } from './policy-reading.ts';
import type { RoleDates } from './role-dates.ts';
import type { ServiceNames } from './service-names.ts';
import type { WatchedState } from './watched-state.ts';
import type { WorkloadServer } from './workload-server.ts';
import { workloadWarnings } from './workload-warnings.ts';

/** What ends sooner than this is worth a person's look, unless its whole life is short: then a quarter of that. */
const SOON_MS = 24 * 3_600_000;
const LOOPBACK = /^127\./;

export interface StatusReportParts {
  readonly directory: DataDirectory;
  readonly state: Pick<WatchedState, 'warnings'>;
  readonly trust: TrustStore;
  readonly trustSync: Pick<TrustSync, 'conflicts'>;
  readonly records: RecordStore;
  readonly membership: Membership;
  readonly credentials: CredentialKeeper;
  readonly role: AuthorityRole;
  readonly registry: Registry;
  readonly issuance: Pick<Issuance, 'problems'>;
  readonly workloads: WorkloadServer;
  readonly names: ServiceNames;
  readonly dns: DnsState;
  readonly policies: PolicyReading;
  readonly freshness: Freshness;
  readonly dates: Pick<RoleDates, 'warnings'>;
  readonly authorityDates: Pick<AuthorityDates, 'warnings'>;
  readonly countdown: Pick<IdentityCountdown, 'warnings'>;
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
    const { directory, trust, records, membership, credentials, role, dns } = this.#parts;
    const { version, rootVersion, digest, trustDomain } = trust.current();
    const members = membership.members();
    return {
      trustDomain,
      node: directory.identity.node,
      version: PROGRAM_VERSION,
      startedAt: new Date(this.#startedAt).toISOString(),
      authority: role.authority() === undefined ? 'candidate' : 'yes',
      certificateSha256: sha256Hex(certificateDer(directory.signing.current.certificatePem)),
      trust: {
        version,
        rootVersion,
        digest,
        timestamp: this.#expiry(this.#parts.freshness.endsAt),
      },
      records: { digest: records.digest(), count: records.snapshot().count },
      members: {
        alive: named(members, 'alive').length,
        suspect: named(members, 'suspect'),
        dead: named(members, 'dead'),
        left: named(members, 'left'),
      },
      credential: this.#expiry(credentials.credential.expiresAt),
      workloads: this.#workloads(),
      dns: 'at' in dns ? { address: `${dns.at.host}:${dns.at.port}` } : dns,
      warnings: this.warnings(),
    };
  }

  #workloads(): Status['workloads'] {
    const { workloads, names } = this.#parts;
    return workloads.sessions.flatMap(({ workload, facts }) => {
      if (workload === undefined) return [];
      const { key, spiffeId, svidEndsAt, hello, enforces } = workload;
      return [
        {
          spiffeId,
          pid: facts.pid,
          ...(hello.serves === undefined ? {} : { serves: hello.serves.service }),
          upstreams: hello.upstreams.length,
          isolated: hello.isolated === true,
          names: names.namesOf(key, hello.named ?? []),
          ...(svidEndsAt === undefined ? {} : { svid: this.#expiry(svidEndsAt) }),
          ...(enforces === undefined ? {} : { enforces: enforces.trustVersion }),
          ...(enforces?.workers === undefined ? {} : { workers: enforces.workers }),
        },
      ];
    });
  }

  /** In words; empty when all is well. */
  warnings(): string[] {
    const { trust, trustSync, membership, clock, registry, policies, records } = this.#parts;
    const { freshness, workloads, dns } = this.#parts;
    const now = clock.now();
    const clocks = records.clockProblem();
    const ownClock = records.ownClockProblem();
    const quarantined = registry.endpoints().filter(({ state }) => state === 'quarantined');
    return [
      ...this.#parts.state.warnings(),
      ...this.#parts.countdown.warnings(),
      ...this.#credentialWarnings(now),
      ...this.#parts.issuance.problems(),
      ...freshness.warnings(),
      ...fewOf(this.#parts.dates.warnings(), 'lists are to be signed again'),
      ...fewOf(
        this.#parts.authorityDates.warnings(),
        'CA certificates are about to end: see `selvage authority list`',
      ),
      ...this.#freshnessWarnings(now),
      ...this.#listenWarnings(),
      ...(ownClock === undefined ? [] : [`${ownClock}: it issues nothing until that is set right`]),
      ...(clocks === undefined ? [] : [`records of a member are refused: ${clocks}`]),
      ...fewOf(conflictWarnings(trustSync.conflicts(), now), 'conflicts: see the log'),
      ...(policies.problem === undefined ? [] : [`policies cannot be read: ${policies.problem}`]),
      ...policies.closed.map(closedWarning),
      ...workloadWarnings(workloads.sessions, dns),
      ...evidenceWarnings(records.evidence()),
      ...fewOf(
        membership.members().flatMap(deathWarning),
        'members are dead: see `selvage get members`',
      ),
      ...fewOf(membership.members().flatMap(datagramWarning), 'members answer by connection only'),
      ...fewOf(
        quarantined.map(({ id, reason }) => `endpoint ${id} is quarantined: ${reason}`),
        'endpoints are quarantined: see `selvage get endpoints`',
      ),
      ...fewOf(
        records.quarantined().map(({ id, reason }) => `record ${id} is quarantined: ${reason}`),
        'records are quarantined',
      ),
      ...trust
        .skipped()
        .map(({ path }) => `${path} cannot be read by this version and is left out`),
    ];
  }

  #credentialWarnings(now: EpochMs): string[] {
    const { credentials } = this.#parts;
    const { notBefore, expiresAt } = credentials.credential;
    const problem = expiresAt > now ? credentials.problem() : undefined;
    if (problem !== undefined) return [`the membership credential is not good: ${problem}`];
    const soonMs = Math.min(SOON_MS, (expiresAt - notBefore) / 4);
    return ending('the membership credential', expiresAt - now, soonMs);
  }

  /** A loopback address and another host's do not reach each other. */
  #listenWarnings(): string[] {
    const { registry, directory } = this.#parts;
    const own = registry.node(directory.identity.node)?.claim.listenHost;
    if (own === undefined) return [];
    const other = [...registry.nodes()].find(
      ({ claim }) => LOOPBACK.test(claim.listenHost) !== LOOPBACK.test(own),
    );
    if (other === undefined) return [];
    return [
      `this node listens on ${own} and ${other.name} on ${other.claim.listenHost}: they cannot both be reached by all; correct --listen`,
    ];
  }

  /** It ought to have been renewed at half of its life. */
  #freshnessWarnings(now: EpochMs): string[] {
    const { freshness, trust } = this.#parts;
    const leftMs = freshness.endsAt - now;
    const soonMs = Math.min(SOON_MS, trust.current().settings.maxStalenessMs / 4);
    return leftMs <= 0 ? [] : ending('the trust repository’s timestamp', leftMs, soonMs);
  }

  #expiry(endsAt: EpochMs) {
    return { expiresAt: new Date(endsAt).toISOString(), leftMs: endsAt - this.#parts.clock.now() };
  }
}

/** One member can make thousands of them. */
const MAX_ALIKE = 5;

function fewOf(warnings: readonly string[], what: string): string[] {
  const more = warnings.length - MAX_ALIKE;
  return more > 0 ? [...warnings.slice(0, MAX_ALIKE), `${more} more ${what}`] : [...warnings];
}

const named = (members: readonly Member[], wanted: Member['state']) =>
  members.flatMap(({ name, state }) => (state === wanted ? [name] : []));

const closedWarning = ({ namespace, problem }: ClosedNamespace): string =>
  `nobody may call services of ${namespace}, whose policies cannot be read: ${formatProblem(problem)}`;

function ending(what: string, leftMs: number, soonMs: number): string[] {
  if (leftMs <= 0) return [`${what} has ended: start an authority, or set this host’s clock`];
  return leftMs < soonMs ? [`${what} ends in ${describeDuration(leftMs)}`] : [];
}
