import type { Random } from '../ports/index.ts';
import { idOf } from './answer.ts';
import { WRONG_ANSWERS } from './limits.ts';
import { HEADER_BYTES, type Question } from './question.ts';

const RESPONSE = 0x80;

/**
 * A question on its way to a resolver, under an id of its own: who cannot read it has to guess that id,
 * and the port that it was sent from (RFC 5452 section 9.1).
 */
export class HandedOn {
  readonly bytes: Uint8Array;
  readonly #question: Question;
  #wrong = 0;

  constructor(question: Question, random: Random) {
    this.#question = question;
    this.bytes = withId(question.bytes, random.bytes(2));
  }

  /** Somebody guesses: this resolver is given up. */
  get isUnderAttack(): boolean {
    return this.#wrong >= WRONG_ANSWERS;
  }

  /** The answer under the asker's id; undefined, and counted, when it is none to this question. */
  accept(answer: Uint8Array): Uint8Array | undefined {
    if (this.#fits(answer)) return withId(answer, this.#question.bytes);
    this.#wrong += 1;
    return undefined;
  }

  #fits(answer: Uint8Array): boolean {
    const { asked } = this.#question;
    const end = HEADER_BYTES + asked.length;
    if (answer.length < end || idOf(answer) !== idOf(this.bytes)) return false;
    const [, , flags = 0, , high, low] = answer;
    if ((flags & RESPONSE) === 0 || high !== 0 || low !== 1) return false;
    return sameName(answer.subarray(HEADER_BYTES, end), asked);
  }
}

/** Byte for byte, but for the case of letters, which a resolver may change (RFC 4343). */
const sameName = (a: Uint8Array, b: Uint8Array): boolean =>
  Buffer.from(a).toString('latin1').toLowerCase() ===
  Buffer.from(b).toString('latin1').toLowerCase();

function withId(message: Uint8Array, id: Uint8Array): Uint8Array {
  const copy = new Uint8Array(message); // a Buffer's own slice() would be no copy
  copy.set(id.subarray(0, 2));
  return copy;
}
