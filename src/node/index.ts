export { sealAuthorityKeys } from './authority-seal.ts';
export { loadNodeConfig } from './config.ts';
export { configReference } from './config-reference.ts';
export { openDataDirectory, readCredential } from './data-directory.ts';
export { NodeError } from './errors.ts';
export { type FirstGovernor, initNode } from './init-node.ts';
export { joinMesh } from './join-mesh.ts';
export type { NodeConfig, NodeSettingName } from './options.ts';
export { startNode } from './start-node.ts';
