import type { Namespace } from '../core/index.ts';
import type { JsonObject } from './compile/index.ts';

/**
 * A policy in Cedar's JSON form as if its head also asked for `resource in Namespace::"<namespace>"`. As its first
 * clause, so that for other services nothing else of the policy is looked at, and nothing of it can fail.
 */
export function confinedJson(json: JsonObject, namespace: Namespace): JsonObject {
  const own = { Value: { __entity: { type: 'Namespace', id: namespace } } };
  const inside = { kind: 'when', body: { in: { left: { Var: 'resource' }, right: own } } };
  const { conditions = [] } = json;
  return { ...json, conditions: [inside, ...(Array.isArray(conditions) ? conditions : [])] };
}
