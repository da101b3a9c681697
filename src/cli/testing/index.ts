export { certificateOf, GovernedNode, TRUST_DOMAIN } from './governed-node.ts';
export { Scene } from './scene.ts';
export { type Outcome, runCommandLine, type Surroundings } from './stage.ts';
