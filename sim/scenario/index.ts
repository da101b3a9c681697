export { DEEDS, type Deed } from './deed.ts';
export { type Fault, faultEndS } from './fault.ts';
export { SCENARIOS } from './named-scenarios.ts';
export { randomScenario } from './random-scenario.ts';
export { calmFromS, type NetworkPlan, PLAIN_NETWORK, type Scenario } from './scenario.ts';
