import { createRequire } from 'node:module';

type Pairs = readonly (readonly [name: string, value: string])[];

/** What llhttp, the parser of Node, makes of the bytes of one message. */
export interface LlhttpMessage {
  /** Of a request; empty otherwise. */
  readonly method: string;
  readonly url: string;
  /** Of an answer; 0 otherwise. */
  readonly status: number;
  /** In their order: names in lower case, values without white space around them. */
  readonly fields: Pairs;
  readonly trailers: Pairs;
  readonly content: string;
  /** Known once the message has ended. */
  readonly keepAlive: boolean;
  /** Where the message ends in the bytes; undefined: not yet. */
  readonly end: number | undefined;
  /** It ends where the connection does. */
  readonly untilClose: boolean;
}

/** The error's name is llhttp's. */
export type LlhttpOutcome =
  | { readonly ok: true; readonly message: LlhttpMessage }
  | { readonly ok: false; readonly error: string };

/** What undici's build of llhttp exports, as far as it is used here; all arguments are addresses or codes. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  llhttp_alloc(type: number): number;
  llhttp_free(parser: number): void;
  llhttp_execute(parser: number, at: number, length: number): number;
  llhttp_get_error_pos(parser: number): number;
  llhttp_errno_name(code: number): number;
  llhttp_get_method(parser: number): number;
  llhttp_method_name(code: number): number;
  llhttp_message_needs_eof(parser: number): number;
  llhttp_should_keep_alive(parser: number): number;
}

const TYPE = { request: 1, response: 2 } as const;
const PAUSED = 21;
const PAUSED_UPGRADE = 22;
/** A callback's answer: this message has no content, since it answers a HEAD. */
const SKIP_CONTENT = 1;
const MAX_INPUT_BYTES = 256 * 1024;

/** What the callbacks saw of one message. */
class Seen {
  method = '';
  url = '';
  status = 0;
  content = '';
  keepAlive = false;
  headEnded = false;
  untilClose = false;
  completed = false;
  readonly fields: [string, string][] = [];
  readonly trailers: [string, string][] = [];

  field(): [string, string] {
    const list = this.headEnded ? this.trailers : this.fields;
    const last = list.at(-1);
    if (last === undefined) throw new Error('a value came before any name');
    return last;
  }
}

let seen = new Seen();
let skipContent = false;
const llhttp = instantiate();
const input = llhttp.malloc(MAX_INPUT_BYTES);

function instantiate(): Exports {
  // The file has no types: it exports the bytes of the module.
  const bytes = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js') as Buffer;
  const text = (take: (part: string) => void) => (_: number, at: number, length: number) => {
    take(textAt(at, length));
    return 0;
  };
  const env = {
    wasm_on_message_begin: () => 0,
    wasm_on_url: text((part) => {
      seen.url += part;
    }),
    wasm_on_status: () => 0,
    // The bytes of a message are handed over at once, so each name and each value is one part.
    wasm_on_header_field: text((part) => {
      (seen.headEnded ? seen.trailers : seen.fields).push([part.toLowerCase(), '']);
    }),
    wasm_on_header_value: text((part) => {
      seen.field()[1] += part;
    }),
    wasm_on_headers_complete: (parser: number, status: number) => {
      seen.headEnded = true;
      seen.status = status;
      seen.untilClose = !skipContent && llhttp.llhttp_message_needs_eof(parser) !== 0;
      if (status === 0)
        seen.method = nameAt(llhttp.llhttp_method_name(llhttp.llhttp_get_method(parser)));
      return skipContent ? SKIP_CONTENT : 0;
    },
    wasm_on_body: text((part) => {
      seen.content += part;
    }),
    wasm_on_message_complete: (parser: number) => {
      seen.completed = true;
      seen.keepAlive = llhttp.llhttp_should_keep_alive(parser) !== 0;
      return PAUSED;
    },
  };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  return instance.exports as unknown as Exports; // those that undici calls
}

const textAt = (at: number, length: number): string =>
  Buffer.from(llhttp.memory.buffer, at, length).toString('latin1');

function nameAt(at: number): string {
  const end = new Uint8Array(llhttp.memory.buffer).indexOf(0, at);
  return textAt(at, end - at);
}

/** Reads one message with all of llhttp's strictness. `toHead`: it answers a HEAD. */
export function llhttpReads(
  kind: 'request' | 'response',
  bytes: Uint8Array,
  { toHead = false } = {},
): LlhttpOutcome {
  if (bytes.length > MAX_INPUT_BYTES) throw new Error(`an input of ${bytes.length} bytes`);
  seen = new Seen();
  skipContent = toHead;
  new Uint8Array(llhttp.memory.buffer).set(bytes, input);
  const parser = llhttp.llhttp_alloc(TYPE[kind]);
  const code = llhttp.llhttp_execute(parser, input, bytes.length);
  const outcome = outcomeOf(parser, code, bytes.length);
  llhttp.llhttp_free(parser);
  return outcome;
}

function outcomeOf(parser: number, code: number, length: number): LlhttpOutcome {
  if (code !== 0 && code !== PAUSED && code !== PAUSED_UPGRADE) {
    return { ok: false, error: nameAt(llhttp.llhttp_errno_name(code)) };
  }
  const { headEnded: _, completed, fields, trailers, ...rest } = seen;
  const end = code === 0 ? length : llhttp.llhttp_get_error_pos(parser) - input;
  return {
    ok: true,
    message: {
      ...rest,
      fields: fields.map(trimmed),
      trailers: trailers.map(trimmed),
      end: completed ? end : undefined,
    },
  };
}

const trimmed = ([name, value]: [string, string]): [string, string] => [
  name,
  value.replace(/^[\t ]+|[\t ]+$/g, ''),
];
