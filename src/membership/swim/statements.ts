import type { Accusation, LifeClaim, ProbeNumber, Statement } from './message.ts';
import type { Handle } from './roster.ts';

/** Signs what this member says, and checks what others are said to have said: 10 and 35 µs, so only for news. */
export interface Statements {
  life(incarnation: number, leaving: boolean): LifeClaim;
  accusation(subject: Handle, incarnation: number): Accusation;
  /** That this member answered `origin`, which asked under this number by another. */
  answer(origin: Handle, probe: ProbeNumber): Uint8Array;
  isGood(statement: Statement): boolean;
  isAnswer(subject: Handle, origin: Handle, probe: ProbeNumber, proof: Uint8Array): boolean;
}
