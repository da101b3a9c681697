import type { SpiffeId } from '../core/index.ts';
import type { Decision, DecisionRequest, PolicyEngine, PolicyUser } from '../policy/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { NEVER } from './deadlines.ts';
import type { Gate } from './gate.ts';
import { SAMPLE_OPEN_MS } from './limits.ts';
import type { MeshView } from './mesh-view.ts';
import { judgePeer, type PeerLoss, type TlsPeer } from './tunnel/index.ts';

type Writable<Request> = Request extends unknown
  ? { -readonly [Field in keyof Request]: Request[Field] }
  : never;

/** A request for a decision, made once; what changes by itself is written into it whenever it is asked. */
export type Question = Writable<DecisionRequest>;

/**
 * What took a permission away: other policies; the same ones reading another context (time, risk, the end of
 * a user's token); a callee that may no longer serve the service; a certificate that ended, or whose
 * authority left the bundle, or that was revoked; no authority was heard of for too long.
 */
export type CutReason = 'policy' | 'context' | 'identity' | PeerLoss | 'stale';

/** One connection or request that policies decide on: at its beginning, and again while it goes on. */
export class Permission {
  readonly #gate: Gate;
  readonly #question: Question;
  /** What permitted it last. */
  #engine: PolicyEngine | undefined;
  #userUntil: EpochMs = NEVER;
  /** When it counts as a call again. */
  #callAgainAt: EpochMs = NEVER;

  constructor(gate: Gate, question: Question) {
    this.#gate = gate;
    this.#question = question;
  }

  /** The workload that calls. */
  get principal(): SpiffeId {
    return this.#question.principal;
  }

  /** Who is behind it, until the token ends. */
  actsFor(user: PolicyUser, until: EpochMs): void {
    this.#question.user = user;
    this.#userUntil = until;
  }

  /** Asks the policies in force. A denial, and what policies in audit mode would have changed, is counted and logged. */
  ask(): boolean {
    const { view } = this.#gate.runtime.mesh;
    if (view === undefined) return false;
    const decision = this.#decide(view);
    this.#engine = view.engine;
    this.#called(decision);
    if (decision.audit.length > 0) this.#gate.audited(this.#question, decision);
    if (!decision.allowed) this.#gate.denied(this.#question, decision);
    return decision.allowed;
  }

  /**
   * Looks again. True: it goes on. False: it is to be cut, which is counted and logged. `callee`: the
   * peer that serves it, at the caller's side.
   */
  holds(callee: TlsPeer | undefined): boolean {
    const { view } = this.#gate.runtime.mesh;
    if (view === undefined) return true;
    const broken = this.#brokenTrust(view, callee);
    if (broken !== undefined) {
      this.lost(broken);
      return false;
    }
    this.#forgetFormerUser();
    const decision = this.#decide(view);
    if (!decision.allowed) this.lost(this.#engine === view.engine ? 'context' : 'policy', decision);
    this.#engine = view.engine;
    if (this.#askedAt >= this.#callAgainAt) this.#called(decision);
    return decision.allowed;
  }

  /** It ends before its time. */
  lost(reason: CutReason, decision?: Decision): void {
    this.#gate.cut(this.#question, reason, decision);
  }

  /** When the policies were asked last. */
  get #askedAt(): EpochMs {
    return this.#question.timeMs ?? 0;
  }

  #called(decision: Decision): void {
    this.#callAgainAt = this.#askedAt + SAMPLE_OPEN_MS;
    this.#gate.decided(this.#question, decision);
  }

  #brokenTrust(view: MeshView, callee: TlsPeer | undefined): CutReason | undefined {
    const { caller, service, runtime } = this.#gate;
    const now = runtime.clock.now();
    if (view.isStale(now)) return 'stale';
    for (const peer of [caller, callee]) {
      const judged = peer && judgePeer(peer, view.bundle, now);
      if (judged?.ok === false) return judged.error;
    }
    if (callee === undefined) return undefined;
    const serves = view.services.get(service)?.identities.includes(callee.spiffeId) === true;
    return serves ? undefined : 'identity';
  }

  /** Tokens of an issuer or a key that was taken away say nothing any more, nor those of a workload that was revoked. */
  #forgetFormerUser(): void {
    const { user } = this.#question;
    if (user === undefined || this.#gate.runtime.users.stands(user)) return;
    delete this.#question.user;
  }

  #decide(view: MeshView): Decision {
    const question = this.#question;
    const now = this.#gate.runtime.clock.now();
    question.timeMs = now;
    question.risk = view.riskOf(question.principal);
    if (now >= this.#userUntil) delete question.user;
    return view.engine.decide(question);
  }
}
