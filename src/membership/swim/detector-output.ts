import type { Message } from './message.ts';
import type { Handle } from './roster.ts';

/** What a timer is for; opaque to whoever keeps it. */
export interface DetectorTimer {
  readonly purpose:
    | 'period'
    | 'direct'
    | 'round'
    | 'stream'
    | 'suspicion'
    | 'check'
    | 'relay'
    | 'rumour'
    | 'revival';
  /** Of whom, or of which probe: the detector knows. */
  readonly about: number;
  readonly dueAt: number;
}

/** Where a detector's decisions go: it owns no clock, no socket and no randomness. */
export interface DetectorOutput {
  /** Lost, late or twice, as datagrams are. */
  send(to: Handle, message: Message): void;
  /** To be handed back by `expired` after `delayMs`. */
  after(delayMs: number, timer: DetectorTimer): void;
  /** Ask this member over a reliable stream whether it lives; answer by `reached` or `unreached`. */
  probeByStream(to: Handle, probe: number, timeoutMs: number): void;
  /** A member's state, as this node sees it, has changed. */
  changed(member: Handle): void;
}
