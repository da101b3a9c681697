import type { PartySocket } from '../../party.ts';

/** A socket that takes as much as `room` says each time, and notes what is done to it. */
export class FakeSocket {
  data: unknown;
  readonly remoteAddress = '127.0.0.1';
  readonly written: Buffer[] = [];
  /** Some bytes were not taken: `drained` is owed. */
  blocked = false;
  terminated = false;
  readonly #room: (length: number) => number;

  constructor(room: (length: number) => number = (length) => length) {
    this.#room = room;
  }

  /** As the connection of a party; it has all of a socket that a party of HTTP/2 uses. */
  get asSocket(): PartySocket {
    return this as unknown as PartySocket; // see above
  }

  write(bytes: Buffer, from: number, length: number): number {
    if (this.terminated) return -1;
    const taken = Math.min(length, this.#room(length));
    this.written.push(Buffer.from(bytes.subarray(from, from + taken)));
    this.blocked = taken < length;
    return taken;
  }

  terminate(): void {
    this.terminated = true;
  }

  end(): void {
    this.terminated = true;
  }

  shutdown(): void {
    this.data = undefined;
  }

  pause(): void {
    // It is the test that decides what comes.
  }

  resume(): void {
    // As above.
  }
}
