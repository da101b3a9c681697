export type { KnownMember, Member, MemberState } from './member.ts';
export { Membership, type MembershipOptions } from './membership.ts';
