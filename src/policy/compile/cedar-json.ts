import { Refusal } from './refusal.ts';

/** Cedar's JSON form of a policy, of which the library's types say less than its documentation. */
export type Json = boolean | number | string | null | readonly Json[] | JsonObject;
export type JsonObject = { readonly [name: string]: Json };

export function objectOf(json: Json | undefined): JsonObject {
  if (typeof json === 'object' && json !== null && !isList(json)) return json;
  throw new Refusal(`${JSON.stringify(json)} stands where Cedar's JSON form has an object`);
}

export function listOf(json: Json | undefined): readonly Json[] {
  if (isList(json)) return json;
  throw new Refusal(`${JSON.stringify(json)} stands where Cedar's JSON form has a list`);
}

export function textOf(json: Json | undefined): string {
  if (typeof json === 'string') return json;
  throw new Refusal(`${JSON.stringify(json)} stands where Cedar's JSON form has a text`);
}

/** The own field of that name, which `__proto__` is not. */
export const fieldOf = (object: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

// Array.isArray does not narrow a readonly array.
const isList = (json: Json | undefined): json is readonly Json[] => Array.isArray(json);
