import type { EpochMs } from '../../ports/index.ts';
import type { Handle } from './roster.ts';

/**
 * What a member says of itself, signed by it: it lives at this incarnation, or takes leave at it. The
 * higher incarnation wins; of one, the leave does.
 */
export interface LifeClaim {
  readonly about: 'life';
  readonly subject: Handle;
  /** Only grows: starts of the member (durable) in the high digits, refutations since in the low ones. */
  readonly incarnation: number;
  readonly leaving: boolean;
  readonly signature: Uint8Array;
}

/**
 * What one member says of another, signed by the accuser: it did not answer while it was at this
 * incarnation. A later incarnation of the subject voids it, so that none can be used again.
 */
export interface Accusation {
  readonly about: 'accusation';
  readonly accuser: Handle;
  readonly subject: Handle;
  readonly incarnation: number;
  readonly signature: Uint8Array;
}

/** That a member is dead is never said: each concludes it alone. */
export type Statement = LifeClaim | Accusation;

/** Which probe an answer is for: drawn by the prober, never used again within one life of it. */
export type ProbeNumber = number;

export interface Ping {
  readonly type: 'ping';
  readonly probe: ProbeNumber;
  /** For whom the sender asks, under that one's number: the answer is to carry a proof. Left out: for itself. */
  readonly origin?: Handle;
}

/** The answer to a ping, from the member itself or passed on by who asked it for another. */
export interface Ack {
  readonly type: 'ack';
  readonly probe: ProbeNumber;
  /** Who lives: the sender, or whom it asked. */
  readonly subject: Handle;
  /** For whom the ping was; left out when that is the receiver and the sender answers for itself. */
  readonly origin?: Handle;
  /**
   * The subject's signature over (subject, origin, probe), so that none can answer in its place: it stands
   * wherever `origin` does, and no other than a proven answer may be passed on or believed.
   */
  readonly proof?: Uint8Array;
}

/** Asks the receiver to ping `target` and to pass its answer on. */
export interface PingRequest {
  readonly type: 'ping-request';
  readonly probe: ProbeNumber;
  readonly target: Handle;
}

/**
 * Asked to ping another, the sender had no answer either: so at least the asker's own way works (Lifeguard,
 * LHA-Probe).
 */
export interface Nack {
  readonly type: 'nack';
  readonly probe: ProbeNumber;
}

/** Statements alone. */
export interface Rumour {
  readonly type: 'rumour';
}

/** What a member says in one datagram: what it is for, and what it has heard. */
export interface Content {
  readonly body: Ping | Ack | PingRequest | Nack | Rumour;
  readonly statements: readonly Statement[];
}

/** One datagram's content as its sender dated it by its wall clock. */
export interface Message extends Content {
  readonly sentAt: EpochMs;
}
