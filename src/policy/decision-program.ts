import type {
  BinaryFunction,
  BinaryOperator,
  UnaryFunction,
  UnaryOperator,
} from './value/index.ts';

/**
 * The version of {@link DecisionProgram}'s form. It grows with any change that a linker has to know of: an
 * operator, a scope, a fact of the schema.
 */
export const DECISION_PROGRAM_VERSION = 1;

/**
 * A policy set as a node hands it to its sidecars: checked, parsed, and plain JSON data. Linking it gives
 * the functions that decide.
 */
export interface DecisionProgram {
  /** {@link DECISION_PROGRAM_VERSION}, unless a node of another version made it. */
  readonly version: number;
  /** Every attribute that the context of some action may have, in the order of the input's slots. */
  readonly context: readonly string[];
  /** Names of the HTTP headers that policies may read, in lower case. */
  readonly headers: readonly string[];
  /** The actions of the schema, each with all actions that it is in. */
  readonly actions: readonly ActionFacts[];
  /** In the order of their ids. */
  readonly policies: readonly ProgramPolicy[];
}

export interface EntityName {
  readonly type: string;
  readonly id: string;
}

export interface ActionFacts extends EntityName {
  readonly ancestors: readonly EntityName[];
}

export interface ProgramPolicy {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** Evaluated, but never enforced. */
  readonly audit?: true;
  readonly principal: Scope;
  readonly action: Scope;
  readonly resource: Scope;
  /** Every `when` and no `unless`, in their order; always true when absent. */
  readonly condition?: Expression;
}

/** Which entities a policy speaks about. */
export type Scope =
  | { readonly kind: 'any' }
  | { readonly kind: 'equal'; readonly entity: EntityName }
  | { readonly kind: 'in'; readonly entities: readonly EntityName[] }
  | { readonly kind: 'is'; readonly type: string }
  | { readonly kind: 'isIn'; readonly type: string; readonly entity: EntityName };

export type Variable = 'principal' | 'action' | 'resource' | 'context';

export type Expression =
  | { readonly op: 'literal'; readonly value: boolean | number | string }
  | { readonly op: 'entity'; readonly type: string; readonly id: string }
  | { readonly op: 'variable'; readonly name: Variable }
  | {
      readonly op: 'unary';
      readonly operator: UnaryOperator | UnaryFunction;
      readonly of: Expression;
    }
  | {
      readonly op: 'binary';
      readonly operator: BinaryOperator | BinaryFunction | 'in' | 'hasTag' | 'getTag';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly op: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly op: 'if';
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly op: 'attribute'; readonly of: Expression; readonly name: string }
  /** One name, or the names of a path into nested records. */
  | { readonly op: 'has'; readonly of: Expression; readonly names: readonly string[] }
  /** The texts between the pattern's wildcards. */
  | { readonly op: 'like'; readonly of: Expression; readonly texts: readonly string[] }
  | { readonly op: 'is'; readonly of: Expression; readonly type: string; readonly in?: Expression }
  | { readonly op: 'set'; readonly members: readonly Expression[] }
  | { readonly op: 'record'; readonly fields: readonly (readonly [string, Expression])[] };
