export type { JsonObject } from './cedar-json.ts';
export { compileProblem, compileProgram, type PolicyJson } from './compile-program.ts';
export { withExactLongs } from './exact-longs.ts';
export { type SchemaFacts, schemaFactsOf } from './schema-facts.ts';
export { resourceScope } from './scope.ts';
