export { type ConfigSources, loadNodeConfig } from './config.ts';
export { configReference } from './config-reference.ts';
export {
  type NodeConfig,
  type NodeSettingName,
  nodeSettingNames,
  nodeSettings,
} from './options.ts';
