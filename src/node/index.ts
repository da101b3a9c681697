export { type ConfigSources, loadNodeConfig } from './config.ts';
export { configReference } from './config-reference.ts';
export { openDataDirectory, readCredential } from './data-directory.ts';
export {
  type NodeConfig,
  type NodeSettingName,
  nodeSettingNames,
  nodeSettings,
} from './options.ts';
