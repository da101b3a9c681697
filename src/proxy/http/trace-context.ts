import type { Random } from '../../ports/index.ts';
import { Field } from './field.ts';
import { ROLE } from './field-role.ts';

/** Random bytes that are fetched at once, for this many traces. */
const BATCH = 128;
const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;
const TRACE_DIGITS = TRACE_ID_DIGITS + SPAN_ID_DIGITS;

/**
 * Begins a trace where the caller has none, so that everything that a request causes can be found together
 * (https://www.w3.org/TR/trace-context/). One that is there is passed on as it came: a sidecar in between that
 * reports no span must not become anybody's parent.
 */
export class TraceContext {
  readonly #random: Random;
  #digits = '';
  #at = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** To be added to a request with these fields; undefined when it has one. Not sampled: that is the application's to say. */
  fieldFor(fields: readonly Field[]): Field | undefined {
    for (const { role } of fields) if (role === ROLE.TRACEPARENT) return undefined;
    if (this.#at === this.#digits.length) this.#refill();
    const spanAt = this.#at + TRACE_ID_DIGITS;
    const traceId = this.#digits.slice(this.#at, spanAt);
    this.#at += TRACE_DIGITS;
    const spanId = this.#digits.slice(spanAt, this.#at);
    return new Field('traceparent', `00-${traceId}-${spanId}-00`);
  }

  #refill(): void {
    const bytes = this.#random.bytes((BATCH * TRACE_DIGITS) / 2);
    this.#digits = Buffer.from(bytes).toString('hex');
    this.#at = 0;
  }
}
