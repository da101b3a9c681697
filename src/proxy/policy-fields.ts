import { err, ok, type Result } from '../core/index.ts';
import type { Malformation } from './http/refusal.ts';
import { trimmed } from './http1/fields.ts';
import { POLICY_FIELD_BYTES } from './limits.ts';

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
 * refused that has such a field twice, spells its name with `_` for `-` (which many servers take for the same
 * name), or fills it with bytes that a server may decode in another way.
 */
export class PolicyFields {
  readonly #names: ReadonlySet<string>;
  readonly #lines: RegExp | undefined;

  /** `names` in lower case, tokens. `users`: the field with the bearer token is read too. */
  constructor(names: readonly string[], users: boolean) {
    this.#names = new Set(users ? [...names, AUTHORIZATION] : names);
    const patterns = [...this.#names].map((name) =>
      name.replaceAll(/[^a-z0-9_-]/g, '\\$&').replaceAll(/[-_]/g, '[-_]'),
    );
    this.#lines =
      patterns.length === 0 ? undefined : new RegExp(`^(${patterns.join('|')}):(.*)`, 'gim');
  }

  /** Is this a field that decides? Such a one is no trailer. `name` in lower case. */
  has(name: string): boolean {
    return this.#lines !== undefined && `${name}:`.search(this.#lines) === 0;
  }

  /** `fields`: the lines that are passed on, each with its end, checked already. */
  read(fields: string): Result<SeenFields, Malformation> {
    if (this.#lines === undefined) return NOTHING;
    const values = new Map<string, string>();
    for (const [, spelling = '', rawValue = ''] of fields.matchAll(this.#lines)) {
      const name = spelling.toLowerCase();
      const value = trimmed(rawValue);
      if (values.has(name) || !this.#names.has(name)) return err('duplicate-policy-header');
      if (name !== AUTHORIZATION && value.length > POLICY_FIELD_BYTES) {
        return err('policy-header-too-large');
      }
      if (!VISIBLE_ASCII.test(value)) return err('bad-policy-header');
      values.set(name, value);
    }
    if (values.size === 0) return NOTHING;
    const authorization = values.get(AUTHORIZATION);
    values.delete(AUTHORIZATION);
    return ok({
      headers: values.size === 0 ? undefined : Object.fromEntries(values),
      authorization,
    });
  }
}
