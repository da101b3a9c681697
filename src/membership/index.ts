export type { KnownMember, Member } from './member.ts';
export { datagramAddress } from './member-entry.ts';
export { Membership } from './membership.ts';
export type { MembershipOptions } from './membership-options.ts';
export type { FormerContact } from './met-before.ts';
export { type MemberSeals, memberSeals, SEAL_BYTES, type SealContext } from './seal.ts';
export {
  type MemberState,
  PROFILES,
  type Profile,
  type ProfileName,
  Roster,
} from './swim/index.ts';
export type { Twin } from './twins.ts';
