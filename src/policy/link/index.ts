export { DecisionInput } from './decision-input.ts';
export { cedar, type Language } from './language.ts';
export { DEFAULT_SLICE_MS, type Linked, link, linkAtOnce, linkSteps } from './link-program.ts';
export { LinkedProgram } from './linked-program.ts';
export { linkEngine, MeshEngine } from './mesh-engine.ts';
