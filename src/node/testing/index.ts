export { DESK_HOST, DESK_MEMBER, deskOf, type OpenDesk, tokenOf } from './open-desk.ts';
export { ProposalMesh, ProposalNode } from './proposal-mesh.ts';
export { pipe, type TestChannel } from './test-channel.ts';
export { TestMember, TestMesh } from './test-mesh.ts';
