export { pipe, type TestChannel } from './test-channel.ts';
export { TestMember, TestMesh } from './test-mesh.ts';
