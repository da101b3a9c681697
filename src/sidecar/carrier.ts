import type { TrustDomain } from '../core/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import type { Door, Place, PolicyProgram, Snapshot } from '../snapshot/index.ts';
import type { HeldIdentity } from './identity-keeper.ts';

/** What the node sends for a sidecar to decide by. */
export type View = PolicyProgram | Snapshot;

/** Which policies decide now. */
export interface Enforcement {
  readonly trustVersion: number;
  /** Of the trust set whose policies these are; left out before the first. */
  readonly trustDigest?: string;
  /** Why newer ones do not, in words. */
  readonly problem?: string;
  /** How many workers decide by them, of how many; left out where one process does all. */
  readonly workers?: { readonly serving: number; readonly wanted: number };
}

/** What a {@link Carrier} tells its sidecar. */
export interface CarrierEvents {
  /** A snapshot is in use: from the first time on, doors may be opened. */
  enforced(enforcement: Enforcement): void;
  /** The application listens, or does not. */
  listening(isListening: boolean): void;
  /** Some of the decisions of the last second. */
  decided(decisions: readonly SampledDecision[]): void;
  /** A token named a key that is not known; said now and then only. */
  unknownKey(): void;
  /** It cannot begin to carry: the sidecar must end. */
  failed(error: unknown): void;
}

/**
 * What carries a workload's bytes for its sidecar: this very process, or several workers. It needs an
 * identity and a snapshot before its doors can be opened.
 */
export interface Carrier {
  /** Comes first: in whose mesh it is. */
  begin(trustDomain: TrustDomain): void;
  /** New handshakes use it. Throws when it cannot be used; the one before stays. */
  useIdentity(identity: HeldIdentity): void;
  /** Views are taken one after the other; those that are overtaken may be left out. */
  follow(view: View): void;
  /** @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE */
  open(door: Door): Promise<void>;
  /** Watches whether something listens at `target`, from now on. */
  watch(target: Place): void;
  /** prom-client's JSON, of all of it. */
  metrics(): Promise<unknown>;
  /** Accepts no more and lets what is open finish: see the data plane's. */
  drain(limitMs: number, patienceMs: number): Promise<void>;
  /** Ends everything at once. */
  stop(): void;
}
