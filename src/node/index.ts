export { sealAuthorityKeys } from './authority-seal.ts';
export { type ConfigSources, loadNodeConfig } from './config.ts';
export { configReference } from './config-reference.ts';
export { openDataDirectory, readCredential } from './data-directory.ts';
export { NodeError, nodeErrors } from './errors.ts';
export { type FirstGovernor, type InitOptions, type InitReport, initNode } from './init-node.ts';
export { type JoinOptions, type JoinReport, joinMesh } from './join-mesh.ts';
export type { RunningNode } from './node-end.ts';
export {
  type NodeConfig,
  type NodeSettingName,
  nodeSettingNames,
  nodeSettings,
} from './options.ts';
export { startNode } from './start-node.ts';
