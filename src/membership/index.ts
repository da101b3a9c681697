export type { KnownMember, Member } from './member.ts';
export { datagramAddress } from './member-entry.ts';
export { Membership } from './membership.ts';
export type { FormerContact } from './met-before.ts';
export { memberSeals } from './seal.ts';
export {
  type MemberState,
  PROFILES,
  type Profile,
  type ProfileName,
  Roster,
} from './swim/index.ts';
