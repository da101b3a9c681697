import { type MemberSeals, SEAL_BYTES, type SealContext } from './seal.ts';
import type { Accusation, LifeClaim, ProbeNumber, Statement } from './swim/message.ts';
import type { Handle, RosterEntry } from './swim/roster.ts';
import type { Statements } from './swim/statements.ts';
import { LONG_BYTES, PROBE_BYTES, TAG_BYTES, writeNumber } from './wire/index.ts';

/** Two tags, an incarnation, and the signature: the longest that is signed. */
const MAX_BYTES = 2 * TAG_BYTES + LONG_BYTES + SEAL_BYTES;
/** Where each is put together, one after the other. */
const BYTES = new Uint8Array(MAX_BYTES);

/**
 * What is signed of a statement: the tags of those whom it is about, then its numbers. Each kind is signed
 * under its own context, and none of them has room for two meanings.
 */
export class SignedStatements implements Statements {
  readonly #self: Handle;
  readonly #entry: (member: Handle) => RosterEntry;
  readonly #seals: MemberSeals;
  #end = 0;

  constructor(self: Handle, entry: (member: Handle) => RosterEntry, seals: MemberSeals) {
    this.#self = self;
    this.#entry = entry;
    this.#seals = seals;
  }

  life(incarnation: number, leaving: boolean): LifeClaim {
    const claim = { about: 'life', subject: this.#self, incarnation, leaving } as const;
    return { ...claim, signature: this.#life(claim).#signed('selvage/life/v1') };
  }

  accusation(subject: Handle, incarnation: number): Accusation {
    const claim = { about: 'accusation', accuser: this.#self, subject, incarnation } as const;
    return { ...claim, signature: this.#accusation(claim).#signed('selvage/accusation/v1') };
  }

  answer(origin: Handle, probe: ProbeNumber): Uint8Array {
    return this.#answer(this.#self, origin, probe).#signed('selvage/answer/v1');
  }

  isGood(statement: Statement): boolean {
    const { signature } = statement;
    return statement.about === 'life'
      ? this.#life(statement).#isSignedBy(statement.subject, 'selvage/life/v1', signature)
      : this.#accusation(statement).#isSignedBy(
          statement.accuser,
          'selvage/accusation/v1',
          signature,
        );
  }

  isAnswer(subject: Handle, origin: Handle, probe: ProbeNumber, proof: Uint8Array): boolean {
    return this.#answer(subject, origin, probe).#isSignedBy(subject, 'selvage/answer/v1', proof);
  }

  #life({ subject, incarnation, leaving }: Omit<LifeClaim, 'signature'>): this {
    return this.#about(subject)
      .#number(incarnation, LONG_BYTES)
      .#number(leaving ? 1 : 0, 1);
  }

  #accusation({ accuser, subject, incarnation }: Omit<Accusation, 'signature'>): this {
    return this.#about(accuser).#tag(subject).#number(incarnation, LONG_BYTES);
  }

  #answer(subject: Handle, origin: Handle, probe: ProbeNumber): this {
    return this.#about(subject).#tag(origin).#number(probe, PROBE_BYTES);
  }

  #signed(context: SealContext): Uint8Array {
    this.#end += SEAL_BYTES;
    const signed = this.#written;
    this.#seals.seal(context, signed);
    return signed.slice(-SEAL_BYTES);
  }

  #isSignedBy(member: Handle, context: SealContext, signature: Uint8Array): boolean {
    if (signature.length !== SEAL_BYTES) return false;
    BYTES.set(signature, this.#end);
    this.#end += SEAL_BYTES;
    return this.#seals.verify(context, this.#entry(member).publicKey, this.#written);
  }

  get #written(): Uint8Array {
    return BYTES.slice(0, this.#end);
  }

  #about(member: Handle): this {
    this.#end = 0;
    return this.#tag(member);
  }

  #tag(member: Handle): this {
    BYTES.subarray(this.#end, this.#end + TAG_BYTES).setFromHex(this.#entry(member).tag);
    this.#end += TAG_BYTES;
    return this;
  }

  #number(value: number, bytes: number): this {
    writeNumber(BYTES, this.#end, bytes, value);
    this.#end += bytes;
    return this;
  }
}
