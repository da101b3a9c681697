import { objectOf } from './cedar-json.ts';
import { FORMS, type Reader } from './forms.ts';
import { Refusal } from './refusal.ts';

/**
 * Operators and literals of one policy: what one decision may cost, and what is linked without a pause (about
 * a millisecond).
 */
export const MAX_NODES = 2_048;

/**
 * A reader for the expressions of one policy, which counts them together. It throws a Refusal for a form that
 * this version does not know, and for a policy that is too long.
 */
export function expressionReader(): Reader {
  let nodes = 0;
  const read: Reader = (json) => {
    nodes += 1;
    if (nodes > MAX_NODES) {
      throw new Refusal(
        `more than ${MAX_NODES} operators and literals: split it into several policies`,
      );
    }
    const entries = Object.entries(objectOf(json));
    const [entry] = entries;
    if (entry === undefined || entries.length > 1) {
      throw new Refusal(`${JSON.stringify(json)} is no expression`);
    }
    const form = FORMS.get(entry[0]);
    if (form === undefined) throw new Refusal(`'${entry[0]}' is not known to this version`);
    return form(read, entry[1]);
  };
  return read;
}
