import { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { FrameOutput } from './frame-output.ts';
import { BLOCK_START_BYTES, type HpackEncoder } from './hpack/index.ts';
import { FRAME_HEAD_BYTES } from './wire.ts';

const NONE: readonly Field[] = [];
const CONNECT = new Field(':method', 'CONNECT');
const PROTOCOLS = {
  websocket: new Field(':protocol', 'websocket'),
  'connect-udp': new Field(':protocol', 'connect-udp'),
};
const HTTP = new Field(':scheme', 'http');
const HTTPS = new Field(':scheme', 'https');
/** What this sidecar can take, whatever the client before it said: gRPC servers ask for it. */
const TRAILERS = new Field('te', 'trailers');

/** Methods and statuses that come again, each as one field: at most all of three digits, and those of RFC 9110. */
const METHODS = new Map<string, Field>(
  ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) => [
    method,
    new Field(':method', method),
  ]),
);
const STATUSES: (Field | undefined)[] = new Array<Field | undefined>(600).fill(undefined);

/** Writes heads into the output of one connection. */
export class HeadWriter {
  readonly #output: FrameOutput;
  readonly #encoder: HpackEncoder;
  readonly #scheme: Field;
  /** Most requests of a connection go to one host. */
  #authority = new Field(':authority', '');
  #at = 0;

  constructor(output: FrameOutput, encoder: HpackEncoder, secure: boolean) {
    this.#output = output;
    this.#encoder = encoder;
    this.#scheme = secure ? HTTPS : HTTP;
  }

  /** RFC 9113 sections 8.3.1 and 8.5, RFC 8441 section 4. */
  request(streamId: number, head: RequestHead, added: readonly Field[], ended: boolean): void {
    const { method, target, host } = head;
    if (this.#authority.value !== host) this.#authority = new Field(':authority', host);
    const path = new Field(':path', target);
    const methodField = METHODS.get(method) ?? new Field(':method', method);
    this.#begin(head.fields, added, path.size + this.#authority.size + methodField.size + 3 * 64);
    const isConnect = method === 'CONNECT' || head.upgrade !== undefined;
    this.#put(isConnect ? CONNECT : methodField);
    if (head.upgrade !== undefined) this.#put(PROTOCOLS[head.upgrade]);
    if (head.upgrade !== undefined || !isConnect) {
      this.#put(this.#scheme);
      this.#put(path);
    }
    this.#put(this.#authority);
    this.#all(head.fields);
    this.#all(added);
    if (!isConnect) this.#put(TRAILERS);
    this.#end(streamId, ended);
  }

  answer(
    streamId: number,
    status: number,
    { fields }: ResponseHead,
    added: readonly Field[],
    ended: boolean,
  ): void {
    let field = STATUSES[status];
    if (field === undefined) {
      field = new Field(':status', String(status));
      STATUSES[status] = field;
    }
    this.#begin(fields, added, field.size);
    this.#put(field);
    this.#all(fields);
    this.#all(added);
    this.#end(streamId, ended);
  }

  trailers(streamId: number, fields: readonly Field[]): void {
    this.#begin(fields, NONE, 0);
    this.#all(fields);
    this.#end(streamId, true);
  }

  #begin(fields: readonly Field[], added: readonly Field[], moreBytes: number): void {
    let bytes = BLOCK_START_BYTES + moreBytes;
    for (let at = 0; at < fields.length; at++) bytes += fields[at]?.size ?? 0;
    for (let at = 0; at < added.length; at++) bytes += added[at]?.size ?? 0;
    const output = this.#output;
    output.reserve(output.headFramesBytes(bytes));
    this.#at = this.#encoder.begin(output.bytes, output.end + FRAME_HEAD_BYTES);
  }

  #put(field: Field): void {
    this.#at = this.#encoder.put(field, this.#output.bytes, this.#at);
  }

  #all(fields: readonly Field[]): void {
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at];
      if (field !== undefined) this.#put(field);
    }
  }

  #end(streamId: number, ended: boolean): void {
    const output = this.#output;
    output.headers(streamId, this.#at - output.end - FRAME_HEAD_BYTES, ended);
    output.writeIfLarge();
  }
}
