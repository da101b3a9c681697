import type { Field } from '../http/field.ts';
import { isTrailer, ROLE, roleOf } from '../http/field-role.ts';
import type { FieldSink } from './hpack/index.ts';

/** Gathers the fields that end a message (RFC 9113 section 8.1). For one message after another. */
export class TrailerFields implements FieldSink {
  #fields: Field[] = [];
  #malformed = false;

  clear(): void {
    this.#fields = [];
    this.#malformed = false;
  }

  field(field: Field): void {
    const role = roleOf(field);
    if (role === ROLE.PSEUDO || role === ROLE.MALFORMED) this.#malformed = true;
    else if (isTrailer(field)) this.#fields.push(field);
  }

  /** Those that may end a message; undefined when something among them is no field. */
  trailers(): readonly Field[] | undefined {
    return this.#malformed ? undefined : this.#fields;
  }
}
