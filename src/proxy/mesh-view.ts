import { type ServiceKey, type SpiffeId, spiffePath } from '../core/index.ts';
import { certificateDer, TrustBundle } from '../crypto/index.ts';
import type { PolicyEngine } from '../policy/index.ts';
import type { EpochMs, Sockets, TlsContext } from '../ports/index.ts';
import type { Snapshot, SnapshotService } from '../snapshot/index.ts';
import { ProxyError } from './errors.ts';
import { DecidingFields } from './http/deciding-fields.ts';
import type { UserTokens } from './users.ts';

/** The workload's certificate and key, as the node issued it. */
export interface WorkloadIdentity {
  readonly spiffeId: SpiffeId;
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
  readonly notAfterMs: EpochMs;
}

/** What this sidecar shows to peers. */
export interface Credential {
  readonly spiffeId: SpiffeId;
  /** Metric label: {@link accountOf} the ID. */
  readonly account: string;
  readonly notAfterMs: EpochMs;
  readonly leafDer: Uint8Array;
  readonly context: TlsContext;
}

/** Everything that a decision reads: immutable, swapped whole, so that no request sees half of a change. */
export interface MeshView {
  readonly snapshot: Snapshot;
  readonly engine: PolicyEngine;
  readonly bundle: TrustBundle;
  readonly services: ReadonlyMap<ServiceKey, SnapshotService>;
  /** Which fields of a request decide. */
  readonly decidingFields: DecidingFields;
  /** 0 to 100: what the mesh holds against an identity now. */
  riskOf(id: SpiffeId): number;
}

/** `<namespace>/<service account>` of a workload's ID, the path of any other: a closed set, fit for labels. */
export const accountOf = (id: SpiffeId): string =>
  spiffePath(id).replace(/^\/ns\/([^/]+)\/sa\/([^/]+)$/, '$1/$2');

/** The current view and the current credential. Both are absent until the node sent them. */
export class Mesh {
  readonly #sockets: Sockets;
  readonly #users: UserTokens;
  #identity: WorkloadIdentity | undefined;
  #view: MeshView | undefined;
  #credential: Credential | undefined;
  #generation = 0;

  constructor(sockets: Sockets, users: UserTokens) {
    this.#sockets = sockets;
    this.#users = users;
  }

  get view(): MeshView | undefined {
    return this.#view;
  }

  get credential(): Credential | undefined {
    return this.#credential;
  }

  /** Grows with every change of certificate or bundle: pooled connections of an older one are let go. */
  get generation(): number {
    return this.#generation;
  }

  apply(snapshot: Snapshot, engine: PolicyEngine): void {
    const before = this.#view;
    const same = before !== undefined && sameTexts(before.snapshot.bundle, snapshot.bundle);
    const bundle = same ? before.bundle : new TrustBundle(snapshot.trustDomain, snapshot.bundle);
    const services = new Map(snapshot.services.map((service) => [service.key, service]));
    const { policyHeaders, risks } = snapshot;
    const decidingFields = new DecidingFields(policyHeaders, this.#users.isConfigured);
    const riskOf = (id: SpiffeId): number => risks?.[id] ?? 0;
    this.#view = { snapshot, engine, bundle, services, decidingFields, riskOf };
    if (!same && this.#identity !== undefined) this.#renew(this.#identity);
  }

  /** @throws ProxyError BAD_IDENTITY; the identity before stays in use. */
  useIdentity(identity: WorkloadIdentity): void {
    this.#renew(identity);
    this.#identity = identity;
  }

  #renew(identity: WorkloadIdentity): void {
    try {
      this.#credential = {
        spiffeId: identity.spiffeId,
        account: accountOf(identity.spiffeId),
        notAfterMs: identity.notAfterMs,
        leafDer: certificateDer(identity.certificateChainPem),
        context: this.#sockets.tlsContext({
          certificateChainPem: identity.certificateChainPem,
          privateKeyPem: identity.privateKeyPem,
          authoritiesPem: this.#view?.bundle.pems ?? [],
        }),
      };
    } catch (cause) {
      const message = `the certificate of ${identity.spiffeId} cannot be used`;
      throw new ProxyError('BAD_IDENTITY', message, { cause });
    }
    this.#generation += 1;
  }
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index]);
