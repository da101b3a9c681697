import type { NodeName, ServiceKey, SpiffeId } from '../core/index.ts';

/** What a node says about one workload that it hosts: the value of an `endpoint` record. */
export interface EndpointClaim {
  readonly service: ServiceKey;
  readonly spiffeId: SpiffeId;
  /** Where its sidecar accepts mutual TLS. */
  readonly address: string;
  readonly port: number;
  /** The application listens and the sidecar serves. */
  readonly ready: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** A claim beside what the trust repository says of it. Only `ready` ones get traffic. */
export interface Endpoint extends EndpointClaim {
  /** `<node>/<record key>` */
  readonly id: string;
  readonly node: NodeName;
  readonly state: 'ready' | 'not-ready' | 'quarantined';
  /** Why it gets no traffic, in words. */
  readonly reason?: string;
}
