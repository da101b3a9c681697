import {
  ok,
  type Result,
  type ServiceKey,
  type ServiceProtocol,
  type SpiffeId,
  type TrustDomain,
} from '../../core/index.ts';
import type { Clock } from '../../ports/index.ts';
import type { DecisionRequest, PolicyEngine } from '../decision.ts';
import type { DecisionProgram } from '../decision-program.ts';
import { linkEngine } from '../link/index.ts';

/** What decides on calls, of what is in force or of what is proposed. */
export interface ReplayRules {
  readonly trustDomain: TrustDomain;
  readonly program: DecisionProgram;
  readonly services: ReadonlyMap<ServiceKey, ServiceProtocol>;
  /** Identities that some process may have. */
  readonly callers: ReadonlySet<SpiffeId>;
}

/**
 * Why a call comes to nothing: no policy permits it, or a forbid does not; its service or its caller's identity is gone;
 * or the service speaks something else.
 */
export type DenialReason = 'policy' | 'service-gone' | 'caller-gone' | 'protocol';

export interface ReplayVerdict {
  /** Undefined for a call that is let through. */
  readonly denied: DenialReason | undefined;
  /** Of policies that failed. */
  readonly errors: readonly string[];
}

const NO_ERRORS: readonly string[] = [];

/** Which calls rules let through. */
export class ReplaySide {
  readonly #rules: ReplayRules;
  readonly #engine: PolicyEngine;
  readonly #headers: ReadonlySet<string>;

  private constructor(rules: ReplayRules, engine: PolicyEngine) {
    this.#rules = rules;
    this.#engine = engine;
    this.#headers = new Set(rules.program.headers);
  }

  /** The error says what in the program this version does not know. */
  static async open(rules: ReplayRules, clock: Clock): Promise<Result<ReplaySide, string>> {
    const { program, trustDomain } = rules;
    const engine = await linkEngine(program, { trustDomain, clock });
    return engine.ok ? ok(new ReplaySide(rules, engine.value)) : engine;
  }

  knows(caller: SpiffeId): boolean {
    return this.#rules.callers.has(caller);
  }

  judge(request: DecisionRequest): ReplayVerdict {
    const protocol = this.#rules.services.get(request.resource);
    if (protocol === undefined) return { denied: 'service-gone', errors: NO_ERRORS };
    if (!carries(protocol, request)) return { denied: 'protocol', errors: NO_ERRORS };
    const { allowed, errors } = this.#engine.decide(this.#asSeen(request));
    return { denied: allowed ? undefined : 'policy', errors };
  }

  /** A data plane reads no header that the settings do not name. */
  #asSeen(request: DecisionRequest): DecisionRequest {
    if (request.action === 'connect' || request.headers === undefined) return request;
    const named = Object.entries(request.headers).filter(([name]) => this.#headers.has(name));
    return { ...request, headers: Object.fromEntries(named) };
  }
}

/** Whether what a service speaks is asked about so. */
function carries(protocol: ServiceProtocol, { action }: DecisionRequest): boolean {
  switch (protocol) {
    case 'http':
    case 'http2':
      return action === 'http';
    case 'grpc':
      return action === 'grpc';
    case 'tcp':
    case 'udp':
      return action === 'connect';
    case 'auto':
      return action !== 'grpc';
  }
}
