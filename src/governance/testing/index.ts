export { GovernedMesh, orders, payments, type TestChange } from './governed-mesh.ts';
export { listSignedBy, publishedByLiar } from './liar.ts';
export { LinkedGossip } from './linked-gossip.ts';
export { LyingPeer, TrustLies } from './lying-peer.ts';
export { eventually, Member, until } from './member.ts';
export { Members } from './members.ts';
export {
  makeAuthority,
  offer,
  opened,
  policy,
  type TestAuthority,
  TestMesh,
  trustDomain,
} from './mesh.ts';
export { enacted, type Person, person, proposed, signedBy, signers } from './people.ts';
