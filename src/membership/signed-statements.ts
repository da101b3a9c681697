import type { MemberSeals } from './seal.ts';
import type { Accusation, LifeClaim, ProbeNumber, Statement } from './swim/message.ts';
import type { Handle, RosterEntry } from './swim/roster.ts';
import type { Statements } from './swim/statements.ts';
import { LONG_BYTES, PROBE_BYTES, TAG_BYTES } from './wire/index.ts';

/** Two tags, an incarnation: the longest that is signed. */
const MAX_PAYLOAD_BYTES = 2 * TAG_BYTES + LONG_BYTES;

/**
 * What is signed of a statement: the tags of those whom it is about, then its numbers. Each kind is signed
 * under its own context, and none of them has room for two meanings.
 */
export class SignedStatements implements Statements {
  readonly #self: Handle;
  readonly #entry: (member: Handle) => RosterEntry;
  readonly #seals: MemberSeals;
  readonly #bytes = Buffer.alloc(MAX_PAYLOAD_BYTES);
  #end = 0;

  constructor(self: Handle, entry: (member: Handle) => RosterEntry, seals: MemberSeals) {
    this.#self = self;
    this.#entry = entry;
    this.#seals = seals;
  }

  life(incarnation: number, leaving: boolean): LifeClaim {
    const claim = { about: 'life', subject: this.#self, incarnation, leaving } as const;
    return { ...claim, signature: this.#seals.sign('selvage/life/v1', this.#life(claim)) };
  }

  accusation(subject: Handle, incarnation: number): Accusation {
    const claim = { about: 'accusation', accuser: this.#self, subject, incarnation } as const;
    const payload = this.#accusation(claim);
    return { ...claim, signature: this.#seals.sign('selvage/accusation/v1', payload) };
  }

  answer(origin: Handle, probe: ProbeNumber): Uint8Array {
    return this.#seals.sign('selvage/answer/v1', this.#answer(this.#self, origin, probe));
  }

  isGood(statement: Statement): boolean {
    return statement.about === 'life'
      ? this.#isBy(statement.subject, 'selvage/life/v1', this.#life(statement), statement.signature)
      : this.#isBy(
          statement.accuser,
          'selvage/accusation/v1',
          this.#accusation(statement),
          statement.signature,
        );
  }

  isAnswer(subject: Handle, origin: Handle, probe: ProbeNumber, proof: Uint8Array): boolean {
    return this.#isBy(subject, 'selvage/answer/v1', this.#answer(subject, origin, probe), proof);
  }

  #isBy(
    member: Handle,
    context: Parameters<MemberSeals['verify']>[0],
    payload: Uint8Array,
    signature: Uint8Array,
  ): boolean {
    return this.#seals.verify(context, this.#entry(member).publicKey, payload, signature);
  }

  #life({ subject, incarnation, leaving }: Omit<LifeClaim, 'signature'>): Uint8Array {
    return this.#about(subject)
      .#number(incarnation, LONG_BYTES)
      .#number(leaving ? 1 : 0, 1).#payload;
  }

  #accusation({ accuser, subject, incarnation }: Omit<Accusation, 'signature'>): Uint8Array {
    return this.#about(accuser).#tag(subject).#number(incarnation, LONG_BYTES).#payload;
  }

  #answer(subject: Handle, origin: Handle, probe: ProbeNumber): Uint8Array {
    return this.#about(subject).#tag(origin).#number(probe, PROBE_BYTES).#payload;
  }

  get #payload(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  #about(member: Handle): this {
    this.#end = 0;
    return this.#tag(member);
  }

  #tag(member: Handle): this {
    this.#bytes.write(this.#entry(member).tag, this.#end, TAG_BYTES, 'hex');
    this.#end += TAG_BYTES;
    return this;
  }

  #number(value: number, bytes: number): this {
    this.#bytes.writeUIntBE(value, this.#end, bytes);
    this.#end += bytes;
    return this;
  }
}
