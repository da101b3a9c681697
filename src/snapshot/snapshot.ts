import type {
  NodeName,
  ServiceKey,
  ServiceProtocol,
  SpiffeId,
  TrustDomain,
} from '../core/index.ts';
import type { BundleEntry, RevocationLists } from '../crypto/index.ts';
import type { RequestAuthentication } from '../identity/index.ts';
import type { DecisionProgram } from '../policy/index.ts';

/** One place that serves a service now. */
export interface SnapshotEndpoint {
  readonly id: string;
  readonly node: NodeName;
  readonly address: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A service as a sidecar needs it: how to speak to it, who may serve it, where it is. */
export interface SnapshotService {
  readonly key: ServiceKey;
  readonly protocol: ServiceProtocol;
  /** From the trust repository; a peer with any other ID is refused. */
  readonly identities: readonly SpiffeId[];
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly endpoints: readonly SnapshotEndpoint[];
  /** Where this workload's application reaches it by name: an address of this host that means nothing else. */
  readonly virtual?: { readonly address: string; readonly port: number };
}

/** The policies in force, compiled: sent before the first snapshot that names them. */
export interface PolicyProgram {
  /** SHA-256 (hex) over the program: equal digest, equal decisions. */
  readonly digest: string;
  readonly program: DecisionProgram;
}

/**
 * The immutable view that a node hands to one sidecar: only what its identity may see. It is swapped
 * whole, so that no request sees half of a change.
 */
export interface Snapshot {
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  readonly trustVersion: number;
  readonly trustDigest: string;
  /** CA certificates in force, in one order. */
  readonly bundle: readonly BundleEntry[];
  /** What of all that they signed is good no more; left out by older nodes. */
  readonly revocations?: RevocationLists;
  readonly services: readonly SnapshotService[];
  /** Which policies decide: the {@link PolicyProgram.digest} of those that were sent before. */
  readonly policyDigest: string;
  /** Names of the HTTP headers that policies may read, in lower case. */
  readonly policyHeaders: readonly string[];
  /** 0 to 100: what the mesh holds against an identity now; 0 for those that are not listed. */
  readonly risks?: Readonly<Record<SpiffeId, number>>;
  /** Where the node runs. */
  readonly locality?: string;
  /**
   * When nothing may be permitted any more, milliseconds since 1970: no authority has been heard of for too long then,
   * and the governors say that calls must not go on. Left out where they may.
   */
  readonly denyFromMs?: number;
  /** Whose tokens say who the end user behind a request is. */
  readonly authentications: readonly RequestAuthentication[];
}

/** A snapshot without the parts that are told of by themselves. */
export type SnapshotHead = Omit<
  Snapshot,
  'bundle' | 'revocations' | 'authentications' | 'services'
>;

/** A service without where it is. */
export type ServiceHead = Omit<SnapshotService, 'endpoints'>;
