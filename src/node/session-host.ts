import type { ServiceKey, SpiffeId } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import type { Clock, EpochMs, Log } from '../ports/index.ts';
import type { EndpointClaim } from '../registry/index.ts';
import type { Needs, PolicyProgram, Snapshot } from '../snapshot/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';
import type { Svid } from './issuance.ts';

/** What a session asks of its node. */
export interface SessionHost {
  readonly trust: () => TrustSet;
  readonly nodeUid: number;
  readonly node: TrustSet['authorities'][number]['node'];
  /** Where other nodes reach this node's sidecars. */
  readonly inboundAddress: string;
  /** Where the node runs, if that is said. */
  readonly locality?: string;
  readonly issue: (spiffeId: SpiffeId, csrDer: Uint8Array, attestedAtMs: EpochMs) => Promise<Svid>;
  /** Was that identity revoked here for a process with this {@link AttestedProcess.attestedAtMs}? */
  readonly isRevoked: (spiffeId: SpiffeId, attestedAtMs: EpochMs) => boolean;
  readonly snapshotFor: (needs: Needs, policyDigest: string) => Snapshot;
  /** Where the workload of that key calls services by name. */
  readonly addressesOf: (
    workload: string,
    named: readonly ServiceKey[],
  ) => ReadonlyMap<ServiceKey, string>;
  /** Undefined until there are policies that this version reads. */
  readonly policies: () => PolicyProgram | undefined;
  /** False when another living session has this instance. */
  readonly claimInstance: (instance: string) => boolean;
  /** False when it could not be told: the session tries again at the next change. */
  readonly announce: (instance: string, claim: EndpointClaim) => boolean;
  readonly withdraw: (instance: string) => void;
  /** Some of what its workload's sidecar decided: calls to its service, and calls of its own. */
  readonly decided: (by: SpiffeId, decisions: readonly SampledDecision[]) => void;
  /** A sidecar told of decisions more often than it may: what it told is not looked at. */
  readonly decisionsLost: () => void;
  /** A sidecar met a token of a key that is not known. */
  readonly unknownKey: () => void;
  readonly changed: () => void;
  /** A sidecar decides by something else than before. */
  readonly enforced: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** One for all sessions: any user of the host can be refused as often as it likes. */
  readonly limitedLog: LimitedLog;
}
