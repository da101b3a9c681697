import type { ServiceKey, SpiffeId } from '../core/index.ts';

export type HttpMethod =
  | 'GET'
  | 'HEAD'
  | 'POST'
  | 'PUT'
  | 'PATCH'
  | 'DELETE'
  | 'OPTIONS'
  | 'TRACE'
  | 'CONNECT'
  | 'OTHER';

/** What is asked of a policy engine: may this caller do this to this service? */
export type DecisionRequest = {
  readonly principal: SpiffeId;
  readonly resource: ServiceKey;
  /** The caller's address as the deciding sidecar sees it. */
  readonly sourceIp: string;
} & (
  | { readonly action: 'connect' }
  /** `path`: normalised exactly as it is forwarded. */
  | {
      readonly action: 'http';
      readonly method: HttpMethod;
      readonly path: string;
      readonly host: string;
    }
);

export interface Decision {
  readonly allowed: boolean;
  /** Ids of the policies that decided: the permits of an allow, the forbids of a denial; empty when nothing permitted. */
  readonly policies: readonly string[];
  /** Policies that failed to evaluate and were skipped, with their errors. */
  readonly errors: readonly string[];
}

/** Decides synchronously: the data plane never waits for anybody. */
export interface PolicyEngine {
  decide(request: DecisionRequest): Decision;
}
