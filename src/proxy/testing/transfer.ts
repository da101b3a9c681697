import { createHash } from 'node:crypto';

const BLOCK = Buffer.alloc(256 * 1024, 'selvage mesh ');

/** Writes `size` bytes as fast as they are taken; `framed` puts each part into a chunk. Resolves when all are taken. */
export function sendBody(
  socket: Bun.Socket<unknown>,
  size: number,
  framed: boolean,
): { drain(): void; readonly sha256: string } {
  const hash = createHash('sha256');
  let left = size;
  let pending: Buffer = Buffer.alloc(0);
  let finished = false;
  const next = (): Buffer => {
    const part = BLOCK.subarray(0, Math.min(left, BLOCK.length));
    left -= part.length;
    hash.update(part);
    const ended = left === 0 && !finished;
    finished ||= ended;
    if (!framed) return part;
    const last = ended ? '0\r\n\r\n' : '';
    const chunk = part.length === 0 ? '' : `${part.length.toString(16)}\r\n`;
    return Buffer.concat([Buffer.from(chunk), part, Buffer.from(`${chunk && '\r\n'}${last}`)]);
  };
  const drain = (): void => {
    while (pending.length > 0 || !finished) {
      if (pending.length === 0) pending = next();
      const taken = socket.write(pending);
      if (taken < 0) return;
      pending = pending.subarray(taken);
      if (pending.length > 0) return;
    }
  };
  let digest: string | undefined;
  return {
    drain,
    get sha256() {
      digest ??= hash.digest('hex');
      return digest;
    },
  };
}

/** Counts and hashes a message's body, taken out of its chunks where it is in such. */
export class BodyHash {
  bytes = 0;
  head = '';
  done = false;
  readonly #hash = createHash('sha256');
  #expected = Number.POSITIVE_INFINITY;
  #chunked = false;
  #inChunk = 0;
  #line = '';
  #digest: string | undefined;

  get sha256(): string {
    this.#digest ??= this.#hash.digest('hex');
    return this.#digest;
  }

  receive(bytes: Buffer): void {
    let at = 0;
    if (!this.head.endsWith('\r\n\r\n')) {
      const before = this.head.length;
      const text = this.head + bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      this.head = end < 0 ? text : text.slice(0, end + 4);
      if (end < 0) return;
      at = end + 4 - before;
      this.#chunked = /transfer-encoding: chunked/i.test(this.head);
      const length = /content-length: (\d+)/i.exec(this.head)?.[1];
      if (length !== undefined) this.#expected = Number(length);
    }
    if (this.#chunked) this.#unchunk(bytes, at);
    else this.#take(bytes.subarray(at));
    if (this.bytes >= this.#expected) this.done = true;
  }

  #take(part: Buffer): void {
    this.bytes += part.length;
    this.#hash.update(part);
  }

  #unchunk(bytes: Buffer, from: number): void {
    let at = from;
    while (at < bytes.length && !this.done) {
      if (this.#inChunk > 0) {
        const part = bytes.subarray(at, at + this.#inChunk);
        this.#take(part);
        this.#inChunk -= part.length;
        at += part.length;
        continue;
      }
      this.#line += String.fromCharCode(bytes[at++] ?? 0);
      if (!this.#line.endsWith('\r\n')) continue;
      if (this.#line === '0\r\n') this.done = true;
      else if (this.#line !== '\r\n') this.#inChunk = Number.parseInt(this.#line, 16);
      this.#line = '';
    }
  }
}
