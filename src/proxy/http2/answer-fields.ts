import type { Field } from '../http/field.ts';
import { ROLE, roleOf } from '../http/field-role.ts';
import type { ResponseHead } from '../http/message.ts';
import { readLength } from './content-length.ts';
import type { FieldSink } from './hpack/index.ts';

/** Gathers the fields of one answer, and says what it is (RFC 9113 section 8.3.2). For one after another. */
export class AnswerFields implements FieldSink {
  #status = 0;
  #length: number | undefined;
  #meshReason: string | undefined;
  #meshRetry: string | undefined;
  #fields: Field[] = [];
  #regular = false;
  #malformed = false;

  /** Forgets the answer before. */
  clear(): void {
    this.#status = 0;
    this.#length = undefined;
    this.#meshReason = undefined;
    this.#meshRetry = undefined;
    this.#fields = [];
    this.#regular = false;
    this.#malformed = false;
  }

  field(field: Field): void {
    const role = roleOf(field);
    if (role === ROLE.PSEUDO) {
      this.#pseudo(field);
      return;
    }
    this.#regular = true;
    switch (role) {
      case ROLE.MALFORMED:
      case ROLE.CONNECTION:
      case ROLE.TRANSFER_ENCODING:
      case ROLE.UPGRADE:
      case ROLE.HOP_BY_HOP:
        this.#malformed = true;
        break;
      case ROLE.MESH:
        if (field.name === 'x-selvage-reason') this.#meshReason = field.value;
        if (field.name === 'x-selvage-retry') this.#meshRetry = field.value;
        break;
      case ROLE.TE:
      case ROLE.HOST:
        break; // mean nothing in an answer
      case ROLE.CONTENT_LENGTH:
        this.#length = readLength(field.value, this.#length);
        if (this.#length === undefined) this.#malformed = true;
        this.#fields.push(field);
        break;
      default:
        this.#fields.push(field);
    }
  }

  #pseudo({ name, value }: Field): void {
    const fits = name === ':status' && this.#status === 0 && !this.#regular;
    if (!fits || !/^[1-5]\d\d$/.test(value)) this.#malformed = true;
    else this.#status = Number(value);
  }

  /** Undefined when it is malformed; 101 has no meaning in HTTP/2 (RFC 9113 section 8.6). */
  head(): ResponseHead | undefined {
    if (this.#malformed || this.#status === 0 || this.#status === 101) return undefined;
    return {
      status: this.#status,
      fields: this.#fields,
      length: this.#length,
      meshReason: this.#meshReason,
      meshRetry: this.#meshRetry,
    };
  }
}
