import type * as library from '@cedar-policy/cedar-wasm';
import type { Result } from '../core/index.ts';
import type { JsonObject, SchemaFacts } from './compile/index.ts';
import type { PolicySchema } from './schema.ts';

/** Policies by id, never changed: the object's identity stands for the set. */
export type PolicyTexts = Readonly<Record<string, string>>;

/** One statement as Cedar reads it. */
export interface ParsedStatement {
  readonly effect: 'permit' | 'forbid';
  readonly annotations: Readonly<Record<string, string | null>>;
  /** The whole policy in Cedar's JSON form, its integers exact. */
  readonly json: JsonObject;
}

/** What Cedar says of a text; offsets are bytes of its UTF-8 form. */
export interface CedarComplaint {
  readonly message: string;
  readonly start: number;
}

export type Question = Omit<
  library.StatefulAuthorizationCall,
  'preparsedPolicySetId' | 'preparsedSchemaName'
>;

export interface CedarAnswer {
  readonly allowed: boolean;
  readonly policies: readonly string[];
  readonly errors: readonly string[];
}

/** What the rest of this room needs of the official engine. */
export interface Cedar {
  parse(statement: string): Result<ParsedStatement, readonly CedarComplaint[]>;
  /** Every complaint of the validator about these (parsed) policies, warnings included. */
  validate(
    policies: PolicyTexts,
    schema: PolicySchema,
  ): readonly (CedarComplaint & { readonly id: string })[];
  /** The text of a policy in Cedar's JSON form. */
  textOf(policy: JsonObject): string;
  /** What the schema says that a decision program needs; no part of it depends on the headers. */
  schemaFacts(): SchemaFacts;
  /** Throws when the engine fails or refuses the question; that is never a permit. */
  authorize(policies: PolicyTexts, question: Question, schema: PolicySchema): CedarAnswer;
  /** The text as Cedar lays it out; offsets as in {@link CedarComplaint}. */
  format(text: string): Result<string, readonly CedarComplaint[]>;
  /** Gives the engine's memory back until the next question that needs it; false when it had none. */
  release(): boolean;
}

/** The official library's functions, which work while its WASM module runs. */
export type CedarFunctions = typeof library;

/** The official library, and the module that it does not need all the time. */
export interface CedarModule {
  readonly functions: CedarFunctions;
  /** About 70 ms and 30 MB. @throws when the module is not the one that the functions were built for */
  start(): void;
  /** Leaves its memory to the garbage collector, with all that was parsed in it. */
  end(): void;
}
