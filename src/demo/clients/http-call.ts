import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { realClock } from '../../platform/index.ts';
import { PayloadMeter, type PayloadTotal } from '../payload.ts';
import { pause } from '../waiting.ts';

export interface Call {
  readonly port: number;
  readonly host?: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent with a `content-length` when `length` is given, else chunked. */
  readonly body?: { readonly blocks: Iterable<Uint8Array>; readonly length?: number };
  readonly timeoutMs: number;
  /** How long the answer's body is left lying before it is read. */
  readonly stallMs?: number;
  /** How much of the body is kept as text; 64 KiB when left out. */
  readonly maxTextBytes?: number;
  /** Keeps connections between calls; without one each call has its own. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Counted and hashed as it came. */
  readonly body: PayloadTotal;
  /** The body's beginning. */
  readonly text: string;
}

const MAX_TEXT_BYTES = 65_536;

/** One HTTP/1.1 request and its whole answer. Rejects on a lost connection and at the time limit. */
export function callHttp(call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port, method, path, body } = call;
    const host = call.host ?? '127.0.0.1';
    const agent = call.agent ?? new Agent({ keepAlive: false });
    const request = httpRequest({ host, port, method, path, agent, headers: headersOf(call) });
    const limit = realClock.after(call.timeoutMs, () => {
      request.destroy(new Error(`no whole answer within ${call.timeoutMs} ms`));
    });
    const fail = (error: Error): void => {
      limit.cancel();
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (response) => {
      readAnswer(response, call).then((answer) => {
        limit.cancel();
        resolve(answer);
      }, fail);
    });
    if (body === undefined) request.end();
    else Readable.from(body.blocks).on('error', fail).pipe(request);
  });
}

function headersOf({ headers, body }: Call): Record<string, string | number> {
  if (body === undefined) return { ...headers };
  const framing =
    body.length === undefined
      ? { 'transfer-encoding': 'chunked' }
      : { 'content-length': body.length };
  return { ...headers, ...framing };
}

async function readAnswer(
  response: IncomingMessage,
  { stallMs = 0, maxTextBytes = MAX_TEXT_BYTES }: Call,
): Promise<Answer> {
  if (stallMs > 0) await pause(realClock, stallMs);
  const meter = new PayloadMeter();
  const beginning: Uint8Array[] = [];
  let kept = 0;
  for await (const chunk of response) {
    const bytes: Uint8Array = chunk; // no encoding is set, so chunks are bytes
    meter.take(bytes);
    if (kept < maxTextBytes) beginning.push(bytes.subarray(0, maxTextBytes - kept));
    kept += bytes.length;
  }
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, value?.toString()]),
    ),
    body: meter.total(),
    text: Buffer.concat(beginning).toString('utf8'),
  };
}
