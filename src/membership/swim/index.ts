export { Detector } from './detector.ts';
export {
  DETECTOR_EVENTS,
  type DetectorEvent,
  type DetectorOutput,
  type DetectorTimer,
} from './detector-output.ts';
export type { DetectorOptions } from './detector-parts.ts';
export { INCARNATIONS_PER_START, MAX_STATEMENTS } from './limits.ts';
export { type MemberFacts, type MemberState, MemberTable } from './member-table.ts';
export type { Accusation, Ack, Content, LifeClaim, Message, Statement } from './message.ts';
export { PROFILES, type Profile, type ProfileName } from './profile.ts';
export { type Handle, Roster, type RosterEntry } from './roster.ts';
export type { Statements } from './statements.ts';
