// Run by Node, whose node:http2 is nghttp2: what does it read out of these field blocks, and how does it write
// these fields? Reads and writes one JSON text; nghttp2.ts says what is in it.
import http2 from 'node:http2';
import { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const [HEADERS, SETTINGS, PING, GOAWAY, CONTINUATION] = [1, 4, 6, 7, 9];
const [ACK, END_STREAM, END_HEADERS, PRIORITY] = [1, 1, 4, 0x20];
const HEADER_TABLE_SIZE = 1;
const COMPRESSION_ERROR = 9;
const MAX_FRAME_BYTES = 16_384;
const FRAME_TIMEOUT_MS = 10_000;

/** Two ends of a connection without a network. */
function connection() {
  const ends = [0, 1].map(
    (own) =>
      new Duplex({
        read() {},
        write(bytes, _encoding, done) {
          ends[1 - own].push(bytes);
          done();
        },
      }),
  );
  return ends;
}

/** The end of a connection that speaks frame by frame. */
class Frames {
  #end;
  #bytes = Buffer.alloc(0);
  #skip;
  #frames = [];

  constructor(end, skip) {
    this.#end = end;
    this.#skip = skip;
    end.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#take();
    });
  }

  #take() {
    if (this.#bytes.length < this.#skip) return;
    this.#bytes = this.#bytes.subarray(this.#skip);
    this.#skip = 0;
    while (this.#bytes.length >= 9) {
      const end = 9 + this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < end) return;
      const [type, flags] = this.#bytes.subarray(3, 5);
      this.#frames.push({ type, flags, payload: this.#bytes.subarray(9, end) });
      this.#bytes = this.#bytes.subarray(end);
    }
  }

  write(type, flags, stream, payload) {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    this.#end.write(Buffer.concat([head, payload]));
  }

  /** The next frame that is asked for; what comes before it is dropped. */
  async next(isWanted) {
    const deadlineMs = Date.now() + FRAME_TIMEOUT_MS;
    while (Date.now() < deadlineMs) {
      const frame = this.#frames.shift();
      if (frame === undefined) await setImmediate();
      else if (isWanted(frame)) return frame;
    }
    throw new Error('nghttp2 did not answer');
  }

  tableSize(bytes) {
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(HEADER_TABLE_SIZE, 0);
    setting.writeUInt32BE(bytes, 2);
    this.write(SETTINGS, 0, 0, setting);
  }
}

const isAck = ({ type, flags }) => type === SETTINGS && flags === ACK;
const isSettings = ({ type, flags }) => type === SETTINGS && flags === 0;

/** Per block `fault`, or its fields (null when they make no request). Numbers are sizes of its table. */
async function readBlocks(steps) {
  const [end, other] = connection();
  const frames = new Frames(end, 0);
  const server = http2.createServer({ maxHeaderListPairs: 1000, maxSessionInvalidFrames: 1000 });
  const requests = new Map();
  let session;
  server.on('session', (made) => {
    session = made;
  });
  // A connection that ends by a fault says so by GOAWAY, which is read below.
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers, _flags, raw) => {
    stream.on('error', () => undefined);
    requests.set(stream.id, { raw, secret: headers[http2.sensitiveHeaders] });
  });
  server.emit('connection', other);
  end.write(PREFACE);
  frames.write(SETTINGS, 0, 0, Buffer.alloc(0));
  await frames.next(isSettings);
  frames.write(SETTINGS, ACK, 0, Buffer.alloc(0));
  const results = [];
  let stream = -1;
  for (const step of steps) {
    if (typeof step === 'number') {
      session.settings({ headerTableSize: step });
      await frames.next(isSettings);
      frames.write(SETTINGS, ACK, 0, Buffer.alloc(0));
      continue;
    }
    stream += 2;
    writeBlock(frames, stream, Buffer.from(step, 'hex'));
    frames.write(PING, 0, 0, Buffer.alloc(8));
    const answer = await frames.next(({ type }) => type === PING || type === GOAWAY);
    const isFault = answer.type === GOAWAY && answer.payload.readUInt32BE(4) === COMPRESSION_ERROR;
    results.push(isFault ? 'fault' : (requests.get(stream) ?? null));
    if (answer.type === GOAWAY) break;
  }
  session.destroy();
  return results;
}

function writeBlock(frames, stream, block) {
  for (let from = 0; from === 0 || from < block.length; from += MAX_FRAME_BYTES) {
    const to = Math.min(from + MAX_FRAME_BYTES, block.length);
    const last = to === block.length ? END_HEADERS : 0;
    const first = from === 0;
    frames.write(
      first ? HEADERS : CONTINUATION,
      first ? END_STREAM | last : last,
      stream,
      block.subarray(from, to),
    );
  }
}

/** The blocks of these requests, in hexadecimal. Numbers are sizes that its reader allows. */
async function writeBlocks(steps) {
  const [end, other] = connection();
  const frames = new Frames(end, PREFACE.length);
  const client = http2.connect('http://peer', { createConnection: () => other });
  client.on('error', () => undefined);
  frames.tableSize(4096);
  await frames.next(isAck);
  const results = [];
  for (const step of steps) {
    if (typeof step === 'number') {
      frames.tableSize(step);
      await frames.next(isAck);
      continue;
    }
    const headers = { ...step.headers, [http2.sensitiveHeaders]: step.secret };
    client.request(headers, { endStream: true }).on('error', () => undefined);
    let block = Buffer.alloc(0);
    for (let flags = 0; (flags & END_HEADERS) === 0; ) {
      const frame = await frames.next(({ type }) => type === HEADERS || type === CONTINUATION);
      flags = frame.flags;
      const hasPriority = frame.type === HEADERS && (flags & PRIORITY) !== 0;
      block = Buffer.concat([block, frame.payload.subarray(hasPriority ? 5 : 0)]);
    }
    results.push(block.toString('hex'));
  }
  client.destroy();
  return results;
}

const { reads, writes } = await json(process.stdin);
const answer = { reads: [], writes: [] };
for (const steps of reads) answer.reads.push(await readBlocks(steps));
for (const steps of writes) answer.writes.push(await writeBlocks(steps));
process.stdout.write(JSON.stringify(answer));
