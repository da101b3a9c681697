import { err, ok, type Result } from '../../core/index.ts';
import { POLICY_FIELD_BYTES } from '../limits.ts';
import { alikeName } from './alike-name.ts';
import type { Field } from './field.ts';
import type { Malformation } from './refusal.ts';

/** What policies, and the check of end users, read of one request's fields. */
export interface SeenFields {
  /** By name in lower case; undefined when the request has none that policies name. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly authorization: string | undefined;
}

const AUTHORIZATION = 'authorization';
const VISIBLE_ASCII = /^[\t\x20-\x7e]*$/;
const NOTHING: Result<SeenFields, Malformation> = ok({
  headers: undefined,
  authorization: undefined,
});

/**
 * Reads the few fields that decide. Policy and application must see one and the same value, so a request is
 * refused that has such a field twice, spells its name in a way that a server may take for the same
 * ({@link alikeName}), or fills it with bytes that a server may decode in another way.
 */
export class DecidingFields {
  /** By what their names are alike in. */
  readonly #names: ReadonlyMap<string, string>;

  /** `names` in lower case, tokens. `users`: the field with the bearer token is read too. */
  constructor(names: readonly string[], users: boolean) {
    const all = users ? [...names, AUTHORIZATION] : names;
    this.#names = new Map(all.map((name) => [alikeName(name), name]));
  }

  /** Is this a field that decides? Such a one is no trailer. `name` in lower case. */
  has(name: string): boolean {
    return this.#names.size > 0 && this.#names.has(alikeName(name));
  }

  /** `fields`: those that are passed on, checked already. */
  read(fields: readonly Field[]): Result<SeenFields, Malformation> {
    if (this.#names.size === 0) return NOTHING;
    let values: Record<string, string> | undefined;
    let authorization: string | undefined;
    for (const { name: spelling, value } of fields) {
      const name = this.#names.get(alikeName(spelling));
      if (name === undefined) continue;
      const seen = name === AUTHORIZATION ? authorization : values?.[name];
      if (seen !== undefined || spelling !== name) return err('duplicate-policy-header');
      if (!VISIBLE_ASCII.test(value)) return err('bad-policy-header');
      if (name === AUTHORIZATION) {
        authorization = value;
      } else if (value.length > POLICY_FIELD_BYTES) {
        return err('policy-header-too-large');
      } else {
        values ??= {};
        values[name] = value;
      }
    }
    if (values === undefined && authorization === undefined) return NOTHING;
    return ok({ headers: values, authorization });
  }
}
