import { eventually } from '../../../ports/testing/index.ts';
import { HpackDecoder } from '../hpack/index.ts';
import { CODE, FLAG, FRAME, PREFACE, readU31, readU32 } from '../wire.ts';

/** A frame that came. */
export interface Heard {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

const nameOf = (names: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(names).find(([, known]) => known === value)?.[0] ?? String(value);

/** One end of a connection that writes exactly the bytes that a test wants, and keeps the frames that come. */
export class RawPeer {
  readonly frames: Heard[] = [];
  ended = false;
  closed = false;
  #rest = Buffer.alloc(0);
  #socket: Bun.Socket<unknown> | undefined;
  readonly #decoder = new HpackDecoder();
  readonly #fields = new Map<Heard, string[]>();
  /** Of a client's preface that is still to come. */
  #prefaceLeft: number;

  /** `isServer`: the other end begins with a client's preface. */
  constructor(isServer = false) {
    this.#prefaceLeft = isServer ? PREFACE.length : 0;
  }

  static async connect(port: number): Promise<RawPeer> {
    const peer = new RawPeer();
    await Bun.connect({
      hostname: '127.0.0.1',
      port,
      allowHalfOpen: true,
      socket: peer.handlers(),
    });
    return peer;
  }

  /** For a socket of whichever side. */
  handlers() {
    return {
      open: (socket: Bun.Socket<unknown>) => {
        this.#socket = socket;
      },
      data: (_socket: unknown, bytes: Buffer) => this.#received(bytes),
      end: () => {
        this.ended = true;
      },
      close: () => {
        this.closed = true;
      },
      error: () => undefined,
    };
  }

  #received(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (this.#rest.length < this.#prefaceLeft) return;
    this.#rest = this.#rest.subarray(this.#prefaceLeft);
    this.#prefaceLeft = 0;
    for (;;) {
      const length = this.#rest.length < 9 ? 0 : this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) return;
      const [type = 0, flags = 0] = this.#rest.subarray(3, 5);
      const heard = {
        type,
        flags,
        id: readU31(this.#rest, 5),
        payload: Buffer.from(this.#rest.subarray(9, 9 + length)),
      };
      this.#rest = this.#rest.subarray(9 + length);
      if (type === FRAME.HEADERS) this.#fields.set(heard, this.#decode(heard.payload));
      this.frames.push(heard);
    }
  }

  #decode(block: Buffer): string[] {
    const lines: string[] = [];
    const field = ({ name, value }: { name: string; value: string }) =>
      void lines.push(`${name}: ${value}`);
    this.#decoder.decode(block, 0, block.length, { field });
    return lines;
  }

  /** Sends little: what fits into the kernel's buffer. */
  send(...parts: readonly Buffer[]): this {
    const bytes = Buffer.concat(parts);
    const taken = this.#socket?.write(bytes);
    if (taken !== bytes.length && taken !== -1) throw new Error(`took ${taken} of ${bytes.length}`);
    return this;
  }

  /** As much as is taken; how many bytes that was. */
  push(bytes: Buffer): number {
    return Math.max(0, this.#socket?.write(bytes) ?? 0);
  }

  pause(): void {
    (this.#socket as unknown as { pause(): void }).pause(); // Bun has it untyped
  }

  resume(): void {
    (this.#socket as unknown as { resume(): void }).resume(); // as above
  }

  shutdown(): void {
    this.#socket?.shutdown();
  }

  drop(): void {
    this.#socket?.terminate();
  }

  of(type: number, id?: number): Heard[] {
    return this.frames.filter((heard) => heard.type === type && (id ?? heard.id) === heard.id);
  }

  /** Field lines of the heads of a stream, in order. */
  heads(id: number): string[][] {
    return this.of(FRAME.HEADERS, id).map((heard) => this.#fields.get(heard) ?? []);
  }

  /** All content of a stream. */
  content(id: number): Buffer {
    return Buffer.concat(this.of(FRAME.DATA, id).map(({ payload }) => payload));
  }

  hasEnded(id: number): boolean {
    const flagged = (type: number) =>
      this.of(type, id).some(({ flags }) => (flags & FLAG.END_STREAM) !== 0);
    return flagged(FRAME.HEADERS) || flagged(FRAME.DATA);
  }

  /** The code of the last RST_STREAM for a stream, by name. */
  resetCode(id: number): string | undefined {
    const heard = this.of(FRAME.RST_STREAM, id).at(-1);
    return heard === undefined ? undefined : nameOf(CODE, readU32(heard.payload, 0));
  }

  /** Of the last GOAWAY, by name. */
  goAwayCode(): string | undefined {
    const heard = this.of(FRAME.GOAWAY).at(-1);
    return heard === undefined ? undefined : nameOf(CODE, readU32(heard.payload, 4));
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    try {
      await eventually('', condition);
    } catch {
      const seen = this.frames.map(({ type, id }) => `${nameOf(FRAME, type)}(${id})`).slice(-30);
      throw new Error(`not in time: ${what}; got ${seen.join(' ')}, closed: ${this.closed}`);
    }
  }

  /** Waits for the head and the end of an answer; its status. */
  async answered(id: number): Promise<string> {
    await this.until(`the answer on stream ${id}`, () => this.hasEnded(id));
    return this.heads(id)[0]?.[0] ?? '';
  }

  /** Waits for RST_STREAM; its code. */
  async wasReset(id: number): Promise<string> {
    await this.until(`the reset of stream ${id}`, () => this.resetCode(id) !== undefined);
    return this.resetCode(id) ?? '';
  }

  /** Waits for GOAWAY and the end of what the other side sends; the code. */
  async wasEnded(): Promise<string> {
    await this.until('the end of the connection', () => this.ended || this.closed);
    return this.goAwayCode() ?? 'no GOAWAY';
  }
}
