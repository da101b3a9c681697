import {
  Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  Metadata,
  type StatusObject,
} from '@grpc/grpc-js';
import { realClock } from '../../platform/index.ts';
import { SERVICE_HOST } from '../services/service.ts';
import { type Level, type Question, STOCK_CALLS, type StockCall } from '../services/stock-calls.ts';

/** What came of a call. */
export interface Outcome {
  /** Of gRPC; 0 is success. */
  readonly code: number;
  readonly details: string;
  /** Of a call with one answer. */
  readonly count: number | undefined;
  /** What was said beside the answer: before it, and in trailers. */
  readonly said: Readonly<Record<string, string>>;
}

/** Levels as they come, until it ends. */
export interface Watch {
  readonly counts: readonly number[];
  readonly outcome: Promise<Outcome>;
  cancel(): void;
}

/** An ordinary client of gRPC that asks the stock at a local port. Every call has a deadline. */
export class StockClient {
  readonly #client: Client;
  readonly #timeoutMs: number;

  constructor(port: number, timeoutMs: number) {
    this.#client = new Client(`${SERVICE_HOST}:${port}`, credentials.createInsecure());
    this.#timeoutMs = timeoutMs;
  }

  ask(name: keyof typeof STOCK_CALLS, item: string): Promise<Outcome> {
    const { path, requestSerialize, responseDeserialize }: StockCall = STOCK_CALLS[name];
    let count: number | undefined;
    const call = this.#client.makeUnaryRequest<Question, Level>(
      path,
      requestSerialize,
      responseDeserialize,
      { item },
      new Metadata(),
      { deadline: realClock.now() + this.#timeoutMs },
      (_, level) => {
        count = level?.count;
      },
    );
    return outcomeOf(call, () => count);
  }

  watch(item: string, timeoutMs = this.#timeoutMs): Watch {
    const { path, requestSerialize, responseDeserialize } = STOCK_CALLS.watch;
    const stream: ClientReadableStream<Level> = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { item },
      new Metadata(),
      { deadline: realClock.now() + timeoutMs },
    );
    const counts: number[] = [];
    stream.on('data', ({ count }: Level) => counts.push(count));
    stream.on('error', () => undefined); // its outcome says the same
    return { counts, outcome: outcomeOf(stream, () => undefined), cancel: () => stream.cancel() };
  }

  close(): void {
    this.#client.close();
  }
}

function outcomeOf(call: ClientUnaryCall, count: () => number | undefined): Promise<Outcome> {
  let before = {};
  call.on('metadata', (metadata: Metadata) => {
    before = metadata.getMap();
  });
  return new Promise((resolve) => {
    call.on('status', ({ code, details, metadata }: StatusObject) => {
      const said = { ...before, ...metadata.getMap() };
      resolve({ code, details, said: stringsOf(said), count: count() });
    });
  });
}

const stringsOf = (said: object): Record<string, string> =>
  Object.fromEntries(Object.entries(said).map(([name, value]) => [name, String(value)]));
