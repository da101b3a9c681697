import type {
  Namespace,
  NodeName,
  ServiceKey,
  ServiceProtocol,
  SpiffeId,
  TrustDomain,
} from '../core/index.ts';
import type { Revocation } from '../crypto/index.ts';
import type {
  NodeAttestation,
  Registration,
  RequestAuthentication,
  TokenKey,
} from '../identity/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { Signers, TargetsRole } from './repository/index.ts';

/** A node that may sign identities: what it signs with, and for whom. */
export interface AuthorityTarget {
  readonly node: NodeName;
  /** Raw Ed25519 public key, hex: signs snapshot and timestamp. */
  readonly onlineKey: string;
  /** One to four; the first signs once all members know it. */
  readonly certificates: readonly AuthorityCertificate[];
  /** Whose workloads it may sign for. Only `any` may sign what nodes are known by. */
  readonly namespaces: readonly Namespace[] | 'any';
  /** None to four; the first signs tokens. */
  readonly tokenKeys: readonly TokenKey[];
}

/** A CA certificate as the governors signed it: that they did makes it an anchor, whoever issued it. */
export interface AuthorityCertificate {
  readonly pem: string;
  /** Up to the root of an enterprise PKI, nearest first: they prove where it comes from, and anchor nothing. */
  readonly chainPem?: readonly string[];
  /** Past it nobody takes what it signed: it is on its way out. */
  readonly untilMs?: EpochMs;
}

/**
 * What a node signed as an authority, after it was taken out: good until the end that each of its certificates and token
 * keys has. It has no online key, so it publishes nothing, and nobody asks it to sign.
 */
export type RetiringAuthority = Omit<AuthorityTarget, 'onlineKey'>;

/** Which SPIFFE IDs may serve a service, and how it is spoken to. */
export interface ServiceResource {
  readonly key: ServiceKey;
  readonly protocol: ServiceProtocol;
  /** Where callers that know it by name reach it; `portForCallers` of the registry has the default. */
  readonly port?: number;
  readonly identities: readonly SpiffeId[];
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** One Cedar file, as the governors, or the team of its namespace, signed it. */
export interface PolicyFile {
  /** The file's name without `.cedar`. */
  readonly name: string;
  /** The namespace that it is about; without one it is about the whole mesh. */
  readonly namespace?: Namespace;
  readonly text: string;
  /** The version that brought this text, as `7` or `payments/3`; left out where its list does not say. */
  readonly since?: string;
}

export interface MeshSettings {
  readonly svidLifeMs: number;
  readonly credentialLifeMs: number;
  /** Names of the HTTP headers that policies may read: lower case, sorted, each once. */
  readonly policyHeaders: readonly string[];
  /** How long what is in force counts as fresh without a word of an authority: the life of the timestamp. */
  readonly maxStalenessMs: number;
  readonly whenStale: WhenStale;
  /** `iss` of every token that authorities sign, and where the world finds their keys; without it tokens have none. */
  readonly tokenIssuer?: string;
}

/** What a node does that has heard of no authority for too long: goes on as it is, or lets nobody call anybody. */
export const WHEN_STALE = ['keep', 'deny'] as const;
export type WhenStale = (typeof WHEN_STALE)[number];

/** One list of targets in force: the governors', or that of a namespace's team. */
export interface ListInForce extends Signers {
  readonly role: TargetsRole;
  /** Of a team's list; the governors' has none. */
  readonly namespace?: Namespace;
  readonly version: number;
  /** Milliseconds since 1970. Past it the governors' list is not taken anew; a team's stays in force. */
  readonly expiresAtMs: number;
}

/** What is in force: the verified content of the trust repository, immutable. */
export interface TrustSet {
  readonly trustDomain: TrustDomain;
  /** Version of the governors' list: grows with every change of theirs. */
  readonly version: number;
  readonly rootVersion: number;
  /** Version of the snapshot: with the root version it orders whole sets. */
  readonly revision: number;
  /** When an authority published the last change, by its clock, in milliseconds since 1970. */
  readonly publishedAtMs?: number;
  /** SHA-256 (hex) over the versions, the delegations and all that is listed: equal digest, equal rules. */
  readonly digest: string;
  readonly governors: Signers;
  /** The governors' first, then those of the teams in order of namespace. */
  readonly lists: readonly ListInForce[];
  readonly authorities: readonly AuthorityTarget[];
  /** Those that sign no longer, and by whose word holders go on until they have renewed. */
  readonly retiring: readonly RetiringAuthority[];
  readonly services: readonly ServiceResource[];
  readonly registrations: readonly Registration[];
  /** Whose tokens say who the end user behind a request is. */
  readonly authentications: readonly RequestAuthentication[];
  /** What is good no more before its time. */
  readonly revocations: readonly Revocation[];
  /** How hosts that an enterprise vouches for become nodes without a join token. */
  readonly attestations: readonly NodeAttestation[];
  readonly policies: readonly PolicyFile[];
  readonly settings: MeshSettings;
}
