import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import { clockSkew, type MembershipCredential, type Registration } from '../identity/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter, Peer } from '../ports/index.ts';
import { issuedIdentities, LimitedLog } from '../telemetry/index.ts';
import { IssuanceLimits, tooOften } from './issuance-limits.ts';

/** As the metric of issued identities names them. */
export type IssuedKind = 'x509-svid' | 'membership-credential' | 'jwt-svid';

export interface IssuancePermissionParts {
  readonly trust: () => TrustSet;
  /** Whose membership a connected peer has, by what is in force now. */
  readonly membershipOf: (peer: Peer) => Result<MembershipCredential, string>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/** For which workload a member asks, and what its clock says as it does. */
export interface AskedWorkload {
  readonly spiffeId: SpiffeId;
  readonly nowMs: EpochMs;
}

/** Closed: these are metric labels. */
type Reason = 'no-member' | 'not-registered' | 'too-often' | 'clock-skew';

/**
 * Whether an authority signs what a member asks for. A member may have what a registration allows on its
 * node, as often as the limits let it: a stolen node can neither take others' names nor use an authority up.
 */
export class IssuancePermission {
  readonly #parts: IssuancePermissionParts;
  readonly #limits: IssuanceLimits;
  /** Any member can be refused as often as it likes. */
  readonly #limitedLog: LimitedLog;
  readonly #asked: Counter<'kind' | 'result'>;
  #registered: { readonly set: TrustSet; readonly byId: Map<SpiffeId, Registration[]> } | undefined;

  constructor(parts: IssuancePermissionParts) {
    this.#parts = parts;
    this.#limits = new IssuanceLimits(parts.clock);
    this.#limitedLog = new LimitedLog(parts.log, parts.clock);
    this.#asked = issuedIdentities(parts.meter);
  }

  /** The membership of a peer that may have something of its node's own now; else why not, in words. */
  ofMember(kind: IssuedKind, peer: Peer): Result<MembershipCredential, string> {
    const member = this.#parts.membershipOf(peer); // it may have ended since the peer was admitted
    if (!member.ok) return this.#refuse(kind, 'no-member', peer, member.error);
    const waitMs = this.#limits.ofNode(member.value.node);
    if (waitMs === 0) return member;
    return this.#refuse(kind, 'too-often', peer, tooOften(peer.name, waitMs));
  }

  /** The same for a workload on its node, if that node knows the time: it says since when the workload runs. */
  ofWorkload(
    kind: IssuedKind,
    peer: Peer,
    { spiffeId, nowMs }: AskedWorkload,
  ): Result<MembershipCredential, string> {
    const member = this.ofMember(kind, peer);
    if (!member.ok) return member;
    const asker = { whose: `the clock of ${peer.name}`, now: nowMs };
    const own = { whose: 'that of this authority', now: this.#parts.clock.now() };
    const skew = clockSkew(asker, own);
    if (skew !== undefined) return this.#refuse(kind, 'clock-skew', peer, skew);
    const { node } = member.value;
    const isAllowed = this.#registrationsOf(spiffeId).some(
      ({ nodes }) => nodes === 'any' || nodes.includes(node),
    );
    if (!isAllowed) {
      const detail = `no registration lets ${node} have ${spiffeId}`;
      return this.#refuse(kind, 'not-registered', peer, detail);
    }
    const waitMs = this.#limits.ofWorkload(node, spiffeId);
    if (waitMs === 0) return ok(member.value);
    return this.#refuse(kind, 'too-often', peer, tooOften(`${spiffeId} on ${node}`, waitMs));
  }

  /** Thousands are in force, and hundreds are asked for each second. */
  #registrationsOf(spiffeId: SpiffeId): readonly Registration[] {
    const set = this.#parts.trust();
    if (this.#registered?.set !== set) {
      this.#registered = { set, byId: Map.groupBy(set.registrations, (one) => one.spiffeId) };
    }
    return this.#registered.byId.get(spiffeId) ?? [];
  }

  #refuse(kind: IssuedKind, reason: Reason, { name }: Peer, detail: string) {
    this.#asked.add({ kind, result: reason });
    this.#limitedLog.warn('identity refused to a node', reason, { kind, member: name, detail });
    return err(detail);
  }
}
