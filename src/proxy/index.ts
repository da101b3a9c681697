export type { Passthrough, PlainCallers } from './capture/index.ts';
export { createDataPlane, type DataPlane } from './data-plane.ts';
export { DecisionSampler, DecisionTap } from './decision-sampler.ts';
export { ProxyError } from './errors.ts';
export type { WorkloadIdentity } from './mesh-view.ts';
export { tunnelServerName } from './tunnel/index.ts';
export type { UserTokens } from './users.ts';
