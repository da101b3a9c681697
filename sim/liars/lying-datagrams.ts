import type { DatagramSocket, Datagrams, SocketAddress } from '../../src/ports/index.ts';
import type { Deed } from '../scenario/index.ts';
import type { SimProcess, SimSeals } from '../world/index.ts';

// The places and lengths of a datagram's parts, as the protocol has them: liars know it too.
const SENDER = 2;
const RECEIVER = 10;
const BOOT = 18;
const TAG_BYTES = 8;
const SEAL_BYTES = 64;
const INCARNATION_BYTES = 6;
const ACCUSATION = 3;
const MAX_BYTES = 1_400;
const INCARNATIONS_PER_BOOT = 65_536;

/** Members that are accused, the same by all liars: those in whose tags this many first bits are 0. */
const VICTIM_BITS = 2;
/** Refutations of its accusations that a liar reckons with: each makes the next incarnation. */
const GUESSES = 3;
/** Datagrams of others that are kept to be sent again. */
const MAX_HEARD = 200;
/** Old datagrams, or ones that mean nothing, that go out each second. */
const SENT_EACH_SECOND = 5;

type Bind = Pick<Datagrams, 'bind'>;

/**
 * A liar's datagrams: its rooms send what they would, and it adds accusations of healthy members, signed by
 * itself as they must be, and seals the whole again. It sends old datagrams of others, and nonsense, besides.
 */
export class LyingDatagrams implements Bind {
  readonly #inner: Bind;
  readonly #life: SimProcess;
  readonly #seals: SimSeals;
  readonly #deeds: () => ReadonlySet<Deed>;
  /** Starts of members by their tags, as their datagrams say. */
  readonly #boots = new Map<string, number>();
  readonly #heard: Uint8Array[] = [];
  readonly #addresses: SocketAddress[] = [];
  #socket: DatagramSocket | undefined;
  #refutations = 0;

  constructor(inner: Bind, life: SimProcess, seals: SimSeals, deeds: () => ReadonlySet<Deed>) {
    this.#inner = inner;
    this.#life = life;
    this.#seals = seals;
    this.#deeds = deeds;
  }

  bind(at: SocketAddress, handlers: Parameters<Bind['bind']>[1]): DatagramSocket {
    const socket = this.#inner.bind(at, {
      received: (bytes, from) => {
        this.#listen(bytes, from);
        handlers.received(bytes, from);
      },
    });
    this.#socket = socket;
    const send = (bytes: Uint8Array, to: SocketAddress): boolean =>
      socket.send(this.#deeds().has('accuse') ? this.#withAccusations(bytes) : bytes, to);
    return { port: socket.port, send, close: () => socket.close() };
  }

  /** What goes out besides, once a second. */
  lie(): void {
    const deeds = this.#deeds();
    this.#refutations++;
    for (let i = 0; i < SENT_EACH_SECOND; i++) {
      if (deeds.has('replay')) this.#sendTo(this.#one(this.#heard));
      if (deeds.has('garbage')) this.#sendTo(this.#life.random.bytes(150));
    }
  }

  #sendTo(bytes: Uint8Array | undefined): void {
    const to = this.#one(this.#addresses);
    if (bytes !== undefined && to !== undefined) this.#socket?.send(bytes, to);
  }

  #one<T>(choices: readonly T[]): T | undefined {
    return choices[this.#life.random.below(choices.length)];
  }

  #listen(bytes: Uint8Array, from: SocketAddress): void {
    const datagram = Buffer.from(bytes);
    if (datagram.length < BOOT + 4) return;
    const tag = datagram.toString('hex', SENDER, SENDER + TAG_BYTES);
    if (!this.#boots.has(tag)) this.#addresses.push(from);
    this.#boots.set(tag, datagram.readUInt32BE(BOOT));
    if (this.#heard.length < MAX_HEARD) this.#heard.push(bytes.slice());
  }

  #withAccusations(bytes: Uint8Array): Uint8Array {
    const datagram = Buffer.from(bytes);
    const self = datagram.subarray(SENDER, SENDER + TAG_BYTES);
    const receiver = datagram.toString('hex', RECEIVER, RECEIVER + TAG_BYTES);
    const parts: Uint8Array[] = [datagram.subarray(0, datagram.length - SEAL_BYTES)];
    let room = MAX_BYTES - datagram.length;
    for (const [tag, boot] of this.#boots) {
      if (tag === receiver || !isVictim(tag)) continue;
      const guess = this.#refutations % GUESSES;
      const statement = this.#accusation(self, tag, boot * INCARNATIONS_PER_BOOT + guess);
      room -= statement.length;
      if (room < 0) break;
      parts.push(statement);
    }
    const content = Buffer.concat(parts);
    return Buffer.concat([content, this.#seals.sign('selvage/datagram/v1', content)]);
  }

  #accusation(self: Buffer, victim: string, incarnation: number): Uint8Array {
    const number = Buffer.alloc(INCARNATION_BYTES);
    number.writeUIntBE(incarnation, 0, INCARNATION_BYTES);
    const claim = Buffer.concat([self, Buffer.from(victim, 'hex'), number]);
    const seal = this.#seals.sign('selvage/accusation/v1', claim);
    return Buffer.concat([Uint8Array.of(ACCUSATION), claim, seal]);
  }
}

const isVictim = (tag: string): boolean =>
  Number.parseInt(tag.slice(0, 2), 16) >> (8 - VICTIM_BITS) === 0;
