import type { Content } from './message.ts';
import type { Handle } from './roster.ts';

/** What a timer is for; opaque to whoever keeps it. */
export interface DetectorTimer {
  /**
   * `period`: everything that is due, once a period. `rumour`: news to be told. `relay`: one that was asked for
   * another. `stream`: a probe for which others were asked.
   */
  readonly purpose: 'period' | 'rumour' | 'relay' | 'stream';
  /** Which relay, or which probe; else 0. */
  readonly about: number;
  /** Monotonic milliseconds: whoever comes much later proves that this process is slow. */
  readonly dueAt: number;
}

/** What is worth counting. Closed: these are metric labels. */
export const DETECTOR_EVENTS = [
  /** A probe was answered by nobody: not directly, nor by way of others, nor over a stream. */
  'probe-failed',
  /** This node accused a member. */
  'accused',
  /** This node concluded that a member is dead. */
  'concluded-dead',
  /** A suspected member answered, or said that it lives. */
  'suspicion-refuted',
  /** This node was accused, and said that it lives. */
  'refuted-own',
  /** A member that was held dead is back. */
  'revived',
  /** A period began late: this process is slow. */
  'late',
  /** A statement, or an answer for another, whose signature is not good. */
  'forged',
  /** A statement of one who says too much. */
  'excess',
] as const;
export type DetectorEvent = (typeof DETECTOR_EVENTS)[number];

/** Where a detector's decisions go: it owns no clock and no socket. */
export interface DetectorOutput {
  /** Lost, late or twice, as datagrams are. */
  send(to: Handle, content: Content): void;
  /** To be handed back by `expired` after `delayMs`, unless the node stops. None is ever cancelled. */
  after(delayMs: number, timer: DetectorTimer): void;
  /** Ask this member over a reliable stream whether it lives; answer by `reached` or `unreached`. */
  probeByStream(to: Handle, probe: number, timeoutMs: number): void;
  /** A member's state, as this node sees it, has changed. */
  changed(member: Handle): void;
  counted(event: DetectorEvent): void;
  /**
   * A life claim by this node's own key that this process never made, at a higher incarnation: another
   * process holds the key, or the disk has forgotten how often this one has started.
   */
  rivalled(incarnation: number): void;
}
