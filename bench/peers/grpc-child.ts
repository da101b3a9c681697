// A unary gRPC service over HTTP/2 in clear, as cheap as one can be: every call gets the same answer of 1,000 bytes with
// trailers. It reads frames, never their fields (so HPACK has no state here), and keeps to the peer's windows (RFC 9113).
import { ANSWER, MORE_HEADERS } from './grpc-message.ts';

const [DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION] = [0, 1, 4, 6, 8, 9];
const [END_STREAM, ACK, END_HEADERS] = [0x1, 0x1, 0x4];
const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const INITIAL_WINDOW_BYTES = 65_535;

const answerHead = Buffer.concat([
  Buffer.from([0x88]), // :status 200, of the static table (RFC 7541 appendix A)
  ...Object.entries({ 'content-type': 'application/grpc', ...MORE_HEADERS }).map(literal),
]);
const trailers = literal(['grpc-status', '0']);

/** Literal without indexing, new name (RFC 7541 section 6.2.2). */
function literal([name, value]: readonly [string, string]): Buffer {
  const text = (part: string) => [Buffer.from([part.length]), Buffer.from(part)];
  return Buffer.concat([Buffer.from([0x00]), ...text(name), ...text(value)]);
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const whole = Buffer.concat([
  frame(HEADERS, END_HEADERS, 0, answerHead),
  frame(DATA, 0, 0, ANSWER),
  frame(HEADERS, END_HEADERS | END_STREAM, 0, trailers),
]);
const dataAt = HEAD_BYTES + answerHead.length;
const trailersAt = dataAt + HEAD_BYTES + ANSWER.length;

class Connection {
  #held: Buffer = Buffer.alloc(0);
  #left = PREFACE_BYTES;
  #window = INITIAL_WINDOW_BYTES;
  #takenBytes = 0;
  #unsent: Buffer = Buffer.alloc(0);
  readonly #waiting: number[] = [];
  readonly #out: Buffer[] = [frame(SETTINGS, 0, 0, new Uint8Array())];

  received(socket: Bun.Socket<Connection>, bytes: Buffer): void {
    let input = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#left > 0) {
      const skipped = Math.min(this.#left, input.length);
      this.#left -= skipped;
      input = input.subarray(skipped);
    }
    while (input.length >= HEAD_BYTES) {
      const end = HEAD_BYTES + input.readUIntBE(0, 3);
      if (input.length < end) break;
      this.#frame(input.subarray(0, end));
      input = input.subarray(end);
    }
    this.#held = Buffer.from(input);
    this.#answerWaiting();
    this.flush(socket);
  }

  /** One write for all that one read brought. */
  flush(socket: Bun.Socket<Connection>): void {
    const bytes = Buffer.concat([this.#unsent, ...this.#out.splice(0)]);
    this.#unsent = bytes.subarray(Math.max(0, socket.write(bytes)));
  }

  #frame(bytes: Buffer): void {
    const [type, flags, stream] = [bytes[3], bytes[4] ?? 0, bytes.readUInt32BE(5)];
    if (type === SETTINGS && (flags & ACK) === 0) {
      this.#out.push(frame(SETTINGS, ACK, 0, new Uint8Array()));
    } else if (type === PING && (flags & ACK) === 0) {
      this.#out.push(frame(PING, ACK, 0, bytes.subarray(HEAD_BYTES)));
    } else if (type === WINDOW_UPDATE && stream === 0) {
      this.#window += bytes.readUInt32BE(HEAD_BYTES);
    } else if (type === DATA) {
      this.#takenBytes += bytes.length - HEAD_BYTES;
    }
    const isEnding = type === DATA || type === HEADERS;
    if (isEnding && (flags & END_STREAM) !== 0) this.#waiting.push(stream);
    if (type === CONTINUATION) throw new Error('heads of the load fit into one frame');
  }

  #answerWaiting(): void {
    if (this.#takenBytes > INITIAL_WINDOW_BYTES / 2) {
      const increment = Buffer.alloc(4);
      increment.writeUInt32BE(this.#takenBytes);
      this.#out.push(frame(WINDOW_UPDATE, 0, 0, increment));
      this.#takenBytes = 0;
    }
    while (this.#waiting.length > 0 && this.#window >= ANSWER.length) {
      const copy = Buffer.from(whole);
      for (const at of [0, dataAt, trailersAt]) copy.writeUInt32BE(this.#waiting[0] ?? 0, at + 5);
      this.#waiting.shift();
      this.#window -= ANSWER.length;
      this.#out.push(copy);
    }
  }
}

Bun.listen<Connection>({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  socket: {
    open: (socket) => {
      socket.data = new Connection();
    },
    data: (socket, bytes) => socket.data.received(socket, bytes),
    drain: (socket) => socket.data.flush(socket),
    error: () => undefined,
  },
});
