export type { Json, JsonObject } from './cedar-json.ts';
export {
  type CompileProblem,
  compileProblem,
  compileProgram,
  type PolicyJson,
} from './compile-program.ts';
export { withExactLongs } from './exact-longs.ts';
export { MAX_NODES } from './expression.ts';
export { type SchemaFacts, schemaFactsOf } from './schema-facts.ts';
