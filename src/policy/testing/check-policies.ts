import type { Problem } from '../../core/index.ts';
import type { Cedar } from '../cedar.ts';
import type { PolicySource } from '../policy-file.ts';
import { readPolicySet } from '../policy-set.ts';
import type { PolicySchema } from '../schema.ts';

/** Everything that is wrong with a policy set. */
export function checkPolicies(
  cedar: Cedar,
  files: readonly PolicySource[],
  schema?: PolicySchema,
): readonly Problem[] {
  const read = readPolicySet(cedar, files, schema);
  return read.ok ? [] : read.error;
}
