import { type BodyReader, bodyReader, MALFORMED } from './body.ts';
import { Carry } from './carry.ts';
import {
  type BodyLength,
  bodyOf,
  headEnd,
  type RequestHead,
  type ResponseHead,
  readResponseHead,
} from './head.ts';

/** Where the answer goes, and what is decided on its head. */
export interface ResponseReceiver {
  readonly request: RequestHead;
  /** False: too much is held, pause the source. */
  sendToClient(bytes: Buffer): void;
  /** True: drop this answer, another is on its way. */
  supersedes(head: ResponseHead): boolean;
  responseLines(head: ResponseHead): string;
  /** Will the client's connection be closed after this answer? */
  closesAfter(head: ResponseHead): boolean;
}

/**
 * `open`: more is to come. `done`: the answer is whole. `superseded`: dropped. `switched`: the protocol
 * changed, what is left in {@link ResponseFlow.rest} belongs to it.
 */
export type Progress = 'open' | 'done' | 'superseded' | 'switched' | 'malformed';

/** How the body is framed for the client, where its framing cannot stay. */
type Reframing = 'none' | 'chunk' | 'unchunk';

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const NO_BODY = Buffer.alloc(0);

/** Passes one answer on to the client while it arrives: head, informational heads, body, trailers. */
export class ResponseFlow {
  /** A byte of the answer arrived. */
  begun = false;
  /** The final head; the client has it. */
  head: ResponseHead | undefined;
  /** Bytes after the end of the answer or, when switched, of the new protocol. */
  rest: Buffer | undefined;
  readonly #receiver: ResponseReceiver;
  #carry: Carry | undefined;
  #length: BodyLength = 0;
  #reader: BodyReader | undefined;
  #reframing: Reframing = 'none';

  constructor(receiver: ResponseReceiver) {
    this.#receiver = receiver;
  }

  /** Must the connection end for the answer to be whole? */
  get untilClose(): boolean {
    return this.#length === 'until-close';
  }

  receive(bytes: Buffer): Progress {
    this.begun = true;
    if (this.#reader !== undefined) return this.#body(this.#reader, bytes, 0, undefined);
    let searched = this.#carry?.searched ?? 0;
    let left = this.#carry?.take(bytes) ?? bytes;
    for (;;) {
      const end = headEnd(left, searched);
      if (!end.ok) return 'malformed';
      if (end.value === 0) {
        this.#carry ??= new Carry();
        this.#carry.hold(left, left.length);
        return 'open';
      }
      const head = readResponseHead(left.toString('latin1', 0, end.value));
      if (!head.ok || hasForbiddenBody(head.value)) return 'malformed';
      if (head.value.status >= 200) return this.#final(head.value, left, end.value);
      left = left.subarray(end.value);
      searched = 0;
      const progress = this.#informational(head.value);
      if (progress === 'switched') this.rest = Buffer.from(left);
      if (progress !== 'open') return progress;
    }
  }

  /** The server closed its side. */
  end(): Progress {
    if (this.#reader === undefined || !this.untilClose) return 'malformed';
    if (this.#reframing === 'chunk') this.#receiver.sendToClient(LAST_CHUNK);
    return 'done';
  }

  #informational(head: ResponseHead): Progress {
    const { request } = this.#receiver;
    const switching = head.status === 101;
    if (switching && (request.upgrade === undefined || head.upgrade !== request.upgrade)) {
      return 'malformed'; // RFC 9110 section 15.2.2: only what the client asked for
    }
    if (request.minor === 0) return 'open'; // RFC 9110 section 15.2: not for HTTP/1.0 clients
    const upgrade = switching ? `connection: upgrade\r\nupgrade: ${head.upgrade}\r\n` : '';
    const lines = switching ? this.#receiver.responseLines(head) : '';
    this.#send(head, `${lines}${upgrade}`, NO_BODY, 0, 0);
    if (switching) this.head = head;
    return switching ? 'switched' : 'open';
  }

  #final(head: ResponseHead, bytes: Buffer, at: number): Progress {
    const { request } = this.#receiver;
    this.#length = bodyOf(head, request.method);
    const reader = bodyReader(this.#length);
    this.#reader = reader;
    this.#carry = undefined;
    if (this.#receiver.supersedes(head)) return 'superseded';
    let lines = this.#receiver.responseLines(head);
    if (request.minor === 1 && typeof this.#length !== 'number') {
      // An end that the sender does not state can be forged by cutting the connection: state it.
      this.#reframing = this.#length === 'until-close' ? 'chunk' : 'none';
      lines += 'transfer-encoding: chunked\r\n';
    } else if (this.#length === 'chunked') {
      this.#reframing = 'unchunk';
    }
    if (this.#receiver.closesAfter(head)) lines += 'connection: close\r\n';
    return this.#body(reader, bytes, at, { head, lines });
  }

  /** Sends what of the body is in `bytes`, in one write with the head where it is the first part. */
  #body(
    reader: BodyReader,
    bytes: Buffer,
    at: number,
    first: { readonly head: ResponseHead; readonly lines: string } | undefined,
  ): Progress {
    const content: Buffer[] = [];
    const wanted = this.#reframing === 'unchunk';
    const to = wanted
      ? reader.read(bytes, at, (from, end) => content.push(bytes.subarray(from, end)))
      : reader.read(bytes, at);
    if (to === MALFORMED) return 'malformed';
    if (first !== undefined) this.head = first.head;
    if (first !== undefined && this.#reframing === 'none') {
      this.#send(first.head, first.lines, bytes, at, to);
    } else {
      let part = wanted ? Buffer.concat(content) : sliceOf(bytes, at, to);
      if (this.#reframing === 'chunk' && part.length > 0) part = chunkOf(part);
      if (first !== undefined) this.#send(first.head, first.lines, part, 0, part.length);
      else if (part.length > 0) this.#receiver.sendToClient(part);
    }
    if (!reader.done) return 'open';
    if (to < bytes.length) this.rest = bytes.subarray(to);
    return 'done';
  }

  #send(head: ResponseHead, lines: string, body: Buffer, from: number, to: number): void {
    const text = `HTTP/1.1 ${head.status} ${head.phrase}\r\n${head.fields}${lines}\r\n`;
    this.#receiver.sendToClient(withBody(text, body, from, to));
  }
}

/** RFC 9112 section 6.3: these have no body, and one that says otherwise would be read in two ways. */
const hasForbiddenBody = ({ status, chunked, contentLength }: ResponseHead): boolean =>
  (status < 200 || status === 204) && (chunked || (contentLength ?? 0) > 0);

/** A head (Latin-1) and the first part of its body, which stands in `bytes`, in one buffer, for one write. */
export function withBody(head: string, bytes: Buffer, from: number, to: number): Buffer {
  if (from === to) return Buffer.from(head, 'latin1');
  const message = Buffer.allocUnsafe(head.length + to - from);
  message.write(head, 0, 'latin1');
  bytes.copy(message, head.length, from, to);
  return message;
}

/** Without the cost of a view, where it is all of the bytes. */
const sliceOf = (bytes: Buffer, from: number, to: number): Buffer =>
  from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);

const chunkOf = (part: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
