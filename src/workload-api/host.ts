import type { Result, SpiffeId, TrustDomain } from '../core/index.ts';
import type { PrivateKey } from '../crypto/index.ts';
import type { EpochMs, RpcCode } from '../ports/index.ts';

/** An X509-SVID with the key that the node holds for its workloads. */
export interface HeldSvid {
  readonly spiffeId: SpiffeId;
  /** Leaf first, then intermediates. */
  readonly chainPem: readonly string[];
  readonly key: PrivateKey<'p256'>;
  readonly expiresAtMs: EpochMs;
}

/** The CA certificates of the trust domain. */
export interface X509Bundle {
  readonly trustDomain: TrustDomain;
  readonly authoritiesPem: readonly string[];
}

/** What is to be had of the SVIDs that somebody asked for. */
export type SvidState =
  /** All of them; the same array as long as none is replaced. */
  | { readonly kind: 'held'; readonly svids: readonly HeldSvid[] }
  | { readonly kind: 'awaited' }
  /** No authority issued one, and none is left from before. */
  | { readonly kind: 'unavailable'; readonly why: string };

/** SVIDs that are kept at hand, and renewed, until they are released. */
export interface SvidHold {
  state(): SvidState;
  release(): void;
}

/** Why a token is not to be had; `message` is for the one who asked. */
export interface TokenProblem {
  readonly code: Extract<RpcCode, 'invalid-argument' | 'unavailable'>;
  readonly message: string;
}

/** JWT-SVIDs, as an authority signs them for a process and the bundle of token keys judges them. */
export interface TokenDesk<Process> {
  sign(
    process: Process,
    spiffeId: SpiffeId,
    audiences: readonly string[],
  ): Promise<Result<string, TokenProblem>>;
  /** Whose token it is and what it says, or why it is none for that audience. */
  check(
    token: string,
    audience: string,
  ): Promise<
    Result<
      { readonly spiffeId: SpiffeId; readonly claims: Readonly<Record<string, unknown>> },
      string
    >
  >;
  /** A JWKS document; the same text as long as no key comes or goes. */
  bundle(): string;
}

/** What the Workload API asks of its node. `Process`: who calls, as the kernel knows it. */
export interface WorkloadApiHost<Process> {
  /** All that a process may be, at least one, its default first; else why it may be nobody. */
  identitiesOf(process: Process): Promise<Result<readonly SpiffeId[], string>>;
  /** `changed` is called when the state of these SVIDs became another. */
  hold(process: Process, ids: readonly SpiffeId[], changed: () => void): SvidHold;
  /** The same object as long as no CA certificate comes or goes. */
  x509Bundle(): X509Bundle;
  readonly tokens: TokenDesk<Process>;
  /** Calls `run` whenever what is in force may be other than before, until the returned function is called. */
  onChange(run: () => void): () => void;
  /** A call was answered for the first time, or refused. `method` is of a closed set. */
  answered(method: string, result: RpcCode): void;
  /** A proxy did not take the secrets that it was given. */
  rejected(detail: string): void;
}
