export type { Decision, DecisionRequest, HttpMethod, PolicyEngine } from './decision.ts';
