import { err, ok, type Result } from '../../core/index.ts';
import type { Clock } from '../../ports/index.ts';
import {
  type ActionFacts,
  DECISION_PROGRAM_VERSION,
  type DecisionProgram,
} from '../decision-program.ts';
import { type EntityData, EntityRef, type EntityStore } from '../value/index.ts';
import { LinkRefusal } from './code.ts';
import { ContextSlots } from './context-slots.ts';
import { expressionLinker } from './expression-code.ts';
import { cedar, type Evaluate, type Language } from './language.ts';
import { LinkedProgram } from './linked-program.ts';
import { PolicyIndex } from './policy-index.ts';

/** A linked program, or why this version cannot link it. */
export type Linked = Result<LinkedProgram, string>;

/** So that a slice stays below a millisecond with the policy that ends it, and no request waits noticeably. */
const DEFAULT_SLICE_MS = 0.5;

const ALWAYS: Evaluate = () => true;

/** Links a program one policy at a step, so that its caller can do something else in between. */
export function* linkSteps(
  program: DecisionProgram,
  language: Language = cedar,
): Generator<void, Linked, void> {
  if (program.version !== DECISION_PROGRAM_VERSION) {
    return err(
      `the policies are compiled to version ${program.version} of the program form, and this sidecar reads version ${DECISION_PROGRAM_VERSION}`,
    );
  }
  const context = new ContextSlots(program.context);
  const link = expressionLinker(language, context);
  const index = new PolicyIndex();
  for (const policy of program.policies) {
    try {
      const { id, effect, condition } = policy;
      const linked = {
        id,
        permits: effect === 'permit',
        audit: policy.audit === true,
        condition: condition === undefined ? ALWAYS : link(condition),
      };
      index.add(linked, policy.principal, policy.action, policy.resource);
    } catch (error) {
      if (!(error instanceof LinkRefusal)) throw error;
      return err(`the policy '${policy.id}': ${error.message}`);
    }
    yield;
  }
  return ok(new LinkedProgram(program, context, actionStore(program.actions), index));
}

/** Links a program in slices of about `sliceMs`, between which the event loop goes on. */
export async function link(
  program: DecisionProgram,
  { clock, sliceMs = DEFAULT_SLICE_MS }: { readonly clock: Clock; readonly sliceMs?: number },
): Promise<Linked> {
  const steps = linkSteps(program);
  for (;;) {
    const end = clock.monotonic() + sliceMs;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (clock.monotonic() < end);
    await new Promise<void>((resolve) => clock.after(0, resolve));
  }
}

function actionStore(actions: readonly ActionFacts[]): EntityStore {
  const keyOf = ({ type, id }: { type: string; id: string }): string => new EntityRef(type, id).key;
  return new Map(
    actions.map((action): [string, EntityData] => [
      keyOf(action),
      {
        attributes: new Map(),
        tags: new Map(),
        ancestors: new Set(action.ancestors.map(keyOf)),
      },
    ]),
  );
}
