import { type ServiceKey, type SpiffeId, spiffePath } from '../core/index.ts';
import { certificateDer, type TrustBundle } from '../crypto/index.ts';
import type { PolicyEngine } from '../policy/index.ts';
import type { EpochMs, Sockets, TlsContext } from '../ports/index.ts';
import { type Snapshot, type SnapshotService, snapshotBundle } from '../snapshot/index.ts';
import { ProxyError } from './errors.ts';
import { DecidingFields } from './http/index.ts';
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
  /** Of the certificate and the bundle. */
  readonly context: TlsContext;
  /**
   * Grows when what came before is to be used no more: another identity, or an authority that is no longer in
   * force. Credentials of one epoch differ in what they show, not in what they are worth.
   */
  readonly epoch: number;
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
  /** Has no authority been heard of for so long that nothing may be permitted? */
  isStale(now: EpochMs): boolean;
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

  /** May a connection that began under `credential` carry new requests? Not for long: see {@link Credential.epoch}. */
  stillServes(credential: Credential): boolean {
    return credential.epoch === this.#credential?.epoch;
  }

  apply(snapshot: Snapshot, engine: PolicyEngine): void {
    const before = this.#view;
    const isSame = before !== undefined && isAlike(before.snapshot.bundle, snapshot.bundle);
    const revokesSame = isAlike(before?.snapshot.revocations, snapshot.revocations);
    const bundle = isSame && revokesSame ? before.bundle : snapshotBundle(snapshot);
    const services = new Map(snapshot.services.map((service) => [service.key, service]));
    const { policyHeaders, risks, denyFromMs } = snapshot;
    const decidingFields = new DecidingFields(policyHeaders, this.#users.isConfigured);
    const riskOf = (id: SpiffeId): number => risks?.[id] ?? 0;
    const isStale = (now: EpochMs): boolean => denyFromMs !== undefined && now >= denyFromMs;
    this.#view = { snapshot, engine, bundle, services, decidingFields, riskOf, isStale };
    if (isSame || this.#identity === undefined) return;
    const { pems } = bundle;
    const grew = before?.bundle.pems.every((pem) => pems.includes(pem)) === true;
    this.#renew(this.#identity, grew);
  }

  /** @throws ProxyError BAD_IDENTITY; the identity before stays in use. */
  useIdentity(identity: WorkloadIdentity): void {
    this.#renew(identity, identity.spiffeId === this.#identity?.spiffeId);
    this.#identity = identity;
  }

  #renew(identity: WorkloadIdentity, sameEpoch: boolean): void {
    const epoch = this.#credential?.epoch ?? 0;
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
        epoch: sameEpoch ? epoch : epoch + 1,
      };
    } catch (cause) {
      const message = `the certificate of ${identity.spiffeId} cannot be used`;
      throw new ProxyError('BAD_IDENTITY', message, { cause });
    }
  }
}

const isAlike = (a: object | undefined, b: object | undefined): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);
