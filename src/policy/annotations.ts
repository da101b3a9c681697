import { closest, err, ok, type Result } from '../core/index.ts';
import type { ParsedStatement } from './cedar.ts';

/** `audit`: evaluated, counted and logged, but never part of a decision. */
export type PolicyMode = 'enforce' | 'audit';

/** What our annotations say of a policy. */
export interface Annotated {
  readonly id: string;
  readonly mode: PolicyMode;
}

/** Ids go into logs, answers and the command line: short, visible, and never quoted. */
const POLICY_ID = /^[A-Za-z0-9][A-Za-z0-9._:/#-]{0,127}$/;

/** Cedar gives annotations no meaning of its own; these are the ones that we know of. */
const KNOWN = ['id', 'description', 'mode'];
const MODES: readonly PolicyMode[] = ['enforce', 'audit'];

/**
 * Reads a policy's annotations; `fallback` is its id when it has no `@id`. The error says what is wrong: what an
 * author hoped for from an unknown one would silently not happen.
 */
export function readAnnotations(
  { annotations }: ParsedStatement,
  fallback: string,
): Result<Annotated, string> {
  const unknown = Object.keys(annotations).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) {
    return err(`the annotation @${unknown} is not known to this version, ${instead(unknown)}`);
  }
  const id = Object.hasOwn(annotations, 'id') ? (annotations.id ?? '') : fallback;
  if (!POLICY_ID.test(id)) {
    return err(
      `'${id}' is no policy id: use 1 to 128 letters, digits and . _ : / # -, such as @id("web.read")`,
    );
  }
  if (!Object.hasOwn(annotations, 'mode')) return ok({ id, mode: 'enforce' });
  const mode = MODES.find((known) => known === annotations.mode);
  return mode === undefined ? err(unknownMode(annotations.mode ?? '')) : ok({ id, mode });
}

function instead(unknown: string): string {
  const near = closest(unknown, KNOWN);
  if (near !== undefined) return `did you mean @${near}?`;
  const known = KNOWN.map((name) => `@${name}`).join(', ');
  return `and the policy would be enforced without it: take it out (${known} are known)`;
}

function unknownMode(mode: string): string {
  const near = closest(mode, MODES) ?? 'audit';
  return `'${mode}' is no mode, did you mean @mode("${near}")? (without @mode a policy is enforced)`;
}
