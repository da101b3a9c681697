import type { Statement } from '../message.ts';
import type { Handle } from '../roster.ts';
import type { Statements } from '../statements.ts';

/**
 * Signatures of one mesh without cryptography: what a member made through its own `Statements` is genuine,
 * every other object is forged, however alike.
 */
export class KnownStatements {
  readonly #genuine = new WeakSet<Statement>();
  readonly #answers = new WeakMap<Uint8Array, string>();

  of(self: Handle): Statements {
    const signed = <S extends Statement>(statement: S): S => {
      this.#genuine.add(statement);
      return statement;
    };
    return {
      life: (incarnation, leaving) =>
        signed({ about: 'life', subject: self, incarnation, leaving, signature: UNUSED }),
      accusation: (subject, incarnation) =>
        signed({ about: 'accusation', accuser: self, subject, incarnation, signature: UNUSED }),
      answer: (origin, probe) => {
        const proof = new Uint8Array(64);
        this.#answers.set(proof, `${self} ${origin} ${probe}`);
        return proof;
      },
      isGood: (statement) => this.#genuine.has(statement),
      isAnswer: (subject, origin, probe, proof) =>
        this.#answers.get(proof) === `${subject} ${origin} ${probe}`,
    };
  }
}

const UNUSED = new Uint8Array(0);
