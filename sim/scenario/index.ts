export { DEEDS, type Deed } from './deed.ts';
export { type Fault, faultEndS } from './fault.ts';
export { SCENARIOS } from './named-scenarios.ts';
export { randomScenario } from './random-scenario.ts';
export { GOVERNED_NODES, randomTrustPlan } from './random-trust-plan.ts';
export { calmFromS, type NetworkPlan, PLAIN_NETWORK, type Scenario } from './scenario.ts';
export {
  healedS,
  type PlannedChange,
  TRUST_DEEDS,
  type TrustDeed,
  type TrustPlan,
} from './trust-plan.ts';
