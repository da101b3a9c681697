import type { DecisionProgram } from '../decision-program.ts';
import type { Language } from '../link/index.ts';
import { type Linked, linkSteps } from '../link/link-program.ts';

/** Links a whole program without a pause. */
export function linkAtOnce(program: DecisionProgram, language?: Language): Linked {
  const steps = linkSteps(program, language);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
