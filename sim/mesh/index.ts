export { payloadOf, sealed } from './hand-made-record.ts';
export type { Identity } from './identity.ts';
export { Load } from './load.ts';
export { type DisguiseOf, makeMesh } from './make-mesh.ts';
export type { Mesh } from './mesh.ts';
export type { Disguise } from './node-life.ts';
export type { SimNode } from './sim-node.ts';
