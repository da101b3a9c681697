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

/** The person behind a request, as a verified token says. */
export interface PolicyUser {
  readonly issuer: string;
  readonly subject: string;
  /** As the issuer names them: a policy names each as `<issuer>|<group>`. */
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
}

/** How the caller's connection is protected. */
export interface TlsFacts {
  /** `TLSv1.3` */
  readonly version: string;
  readonly resumed: boolean;
}

/** What is asked of a policy engine: may this caller do this to this service? */
export type DecisionRequest = {
  readonly principal: SpiffeId;
  readonly resource: ServiceKey;
  /** The caller's address as the deciding sidecar sees it. */
  readonly sourceIp: string;
  /** The service's own port; absent on the caller's side, which does not know it. */
  readonly port?: number;
  /** Milliseconds since 1970; a policy that asks for it permits nothing without it. */
  readonly timeMs?: number;
  /** 0 to 100, what the mesh holds against the caller now; 0 when left out. */
  readonly risk?: number;
  /** Where the caller runs. */
  readonly locality?: string;
  /** Left out on the caller's own side, where there is no connection yet. */
  readonly tls?: TlsFacts;
  readonly user?: PolicyUser;
} & (
  | { readonly action: 'connect'; readonly protocol: 'tcp' | 'udp' }
  | ({ readonly action: 'http'; readonly method: HttpMethod } & RequestFacts)
  /** `path` names the service and the method that are called. */
  | ({ readonly action: 'grpc' } & RequestFacts)
);

interface RequestFacts {
  /** Normalised exactly as it is forwarded. */
  readonly path: string;
  readonly host: string;
  /** Of the headers that the settings name those that it has, in lower case, one value each. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Decision {
  readonly allowed: boolean;
  /** Ids of the policies that decided: the permits of an allow, the forbids of a denial; empty when nothing permitted. */
  readonly policies: readonly string[];
  /** Policies that failed to evaluate and were skipped, with their errors. */
  readonly errors: readonly string[];
  /** Ids of the policies in audit mode that, enforced, would have changed this decision. */
  readonly audit: readonly string[];
}

/** Decides synchronously: the data plane never waits for anybody. */
export interface PolicyEngine {
  decide(request: DecisionRequest): Decision;
}
