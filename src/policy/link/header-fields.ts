import type { Fields, Value } from '../value/index.ts';

const NO_HEADERS: Readonly<Record<string, string>> = {};

/** The headers of the request at hand as a record's fields, without a copy. */
export class HeaderFields implements Fields {
  headers = NO_HEADERS;

  get size(): number {
    return Object.keys(this.headers).length;
  }

  get(name: string): Value | undefined {
    return Object.hasOwn(this.headers, name) ? this.headers[name] : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.headers, name);
  }

  *[Symbol.iterator](): Iterator<readonly [string, Value]> {
    yield* Object.entries(this.headers);
  }
}
