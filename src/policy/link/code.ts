import type { Expression } from '../decision-program.ts';
import type { Outcome } from '../value/index.ts';
import type { ContextSlots } from './context-slots.ts';
import type { Evaluate, Language } from './language.ts';

/** A linked expression; `constant` when it is worth the same for every request. */
export interface Code {
  readonly evaluate: Evaluate;
  readonly constant?: Outcome;
}

/** What linking one form of expression needs. */
export interface Linking {
  readonly language: Language;
  readonly context: ContextSlots;
  readonly code: (expression: Expression) => Code;
}

export type NodeOf<Op extends Expression['op']> = Extract<Expression, { op: Op }>;

export const constantCode = (constant: Outcome): Code => ({ constant, evaluate: () => constant });

/** A program that this version cannot link; `linkSteps` turns it into its caller's data. */
export class LinkRefusal extends Error {}
