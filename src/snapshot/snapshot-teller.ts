import type { Clock, Timer } from '../ports/index.ts';
import { TELLING_PERIOD_MS, WHOLES_ASKED_FOR } from './limits.ts';
import type { NodeMessage } from './node-message.ts';
import type { Snapshot } from './snapshot.ts';
import { deltaBetween } from './snapshot-delta.ts';
import { snapshotDigest } from './snapshot-digest.ts';

export interface TellerParts {
  readonly clock: Clock;
  /** What the sidecar may see now; undefined while nothing may be decided. */
  readonly next: () => Snapshot | undefined;
  readonly send: (message: NodeMessage) => void;
  /** Else it is always told the whole. */
  readonly followsDeltas: boolean;
  /** It could not be told of what changed while it was spared. */
  readonly failed: (error: unknown) => void;
}

/**
 * Tells one sidecar what it may see: all of it first, then what changes, with a number and the digest of what comes
 * out of it. Changes that come within {@link TELLING_PERIOD_MS} of a telling are told together, after it.
 */
export class SnapshotTeller {
  readonly #parts: TellerParts;
  #told: { readonly snapshot: Snapshot; readonly digest: string } | undefined;
  #number = 0;
  #usesDeltas: boolean;
  #wholesLeft = WHOLES_ASKED_FOR;
  /** While it runs, changes wait. */
  #pause: Timer | undefined;
  #isDue = false;

  constructor(parts: TellerParts) {
    this.#parts = parts;
    this.#usesDeltas = parts.followsDeltas;
  }

  /** Something may be different; nothing is said where nothing is. */
  changed(): void {
    this.#isDue = true;
    if (this.#pause === undefined) this.#tell();
  }

  /**
   * What the sidecar was told does not fit what it has. Returns false when it has asked too often: it is told the
   * whole at each change now, without anything to compare, so that it has what it needs and no cause to ask.
   */
  wholeWanted(): boolean {
    if (!this.#usesDeltas) return false;
    this.#usesDeltas = this.#wholesLeft > 0;
    this.#wholesLeft -= 1;
    this.#told = undefined;
    this.changed();
    return true;
  }

  stop(): void {
    this.#isDue = false;
    this.#pause?.cancel();
  }

  #tell(): void {
    this.#isDue = false;
    const snapshot = this.#parts.next();
    if (snapshot === undefined) return;
    const digest = snapshotDigest(snapshot);
    if (digest === this.#told?.digest) return;
    this.#parts.send(this.#message(snapshot, digest));
    this.#told = { snapshot, digest };
    this.#pause = this.#parts.clock.after(TELLING_PERIOD_MS, () => this.#resume());
  }

  #message(snapshot: Snapshot, digest: string): NodeMessage {
    if (!this.#usesDeltas) return { type: 'snapshot', snapshot };
    this.#number += 1;
    const number = this.#number;
    const delta = this.#told && deltaBetween(this.#told.snapshot, snapshot);
    if (delta === undefined) return { type: 'snapshot', snapshot, state: { number, digest } };
    return { type: 'delta', number, digest, delta };
  }

  #resume(): void {
    this.#pause = undefined;
    if (!this.#isDue) return;
    try {
      this.#tell();
    } catch (error) {
      this.#parts.failed(error);
    }
  }
}
