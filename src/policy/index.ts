export type { Cedar } from './cedar.ts';
export { loadCedar } from './cedar-on-demand.ts';
export { type CompiledPolicies, compilationKey, compilePolicies } from './compile-policies.ts';
export type {
  Decision,
  DecisionRequest,
  HttpMethod,
  PolicyEngine,
  PolicyUser,
  TlsFacts,
} from './decision.ts';
export type { DecisionProgram } from './decision-program.ts';
export { type CedarEngine, createEngine, decisionKey } from './engine.ts';
export { PolicyError } from './errors.ts';
export { explain } from './explain.ts';
export { grpcCallOf } from './grpc-path.ts';
export { linkEngine } from './link/index.ts';
export { type ClosedNamespace, readPoliciesInForce } from './policies-in-force.ts';
export { checkPolicyChange } from './policy-change.ts';
export type { PolicySource } from './policy-file.ts';
export { formatPolicies } from './policy-format.ts';
export type { Policy } from './policy-set.ts';
export {
  allowTemplate,
  businessHoursTemplate,
  denyAboveRiskTemplate,
  egressAllowListTemplate,
  isolateNamespaceTemplate,
  requireUserTemplate,
} from './policy-templates.ts';
export { actionOf } from './question.ts';
export {
  NO_READS,
  type ProgramReads,
  programReads,
  type Replay,
  type ReplayRules,
  type ReplayWindow,
  replay,
  type SampledDecision,
  type TurnedCall,
  textLengthOf,
} from './replay/index.ts';
export { HTTP_METHODS, policySchema } from './schema.ts';
