export { listSignedBy, publishedByLiar } from './liar.ts';
export { LinkedGossip } from './linked-gossip.ts';
export { Member, until } from './member.ts';
export { makeAuthority, offer, opened, policy, TestMesh, trustDomain } from './mesh.ts';
export { enacted, type Person, person, proposed, signedBy, signers } from './people.ts';
