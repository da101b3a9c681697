import type { MethodDefinition } from '@grpc/grpc-js';

/** What is asked of the stock. */
export interface Question {
  readonly item: string;
}

export interface Level {
  readonly item: string;
  readonly count: number;
}

export type StockCall = MethodDefinition<Question, Level>;

/** JSON: gRPC's frames carry any encoding. */
const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const decode = (bytes: Buffer) => JSON.parse(bytes.toString('utf8'));

const call = (name: string, responseStream: boolean): StockCall => ({
  path: `/shop.Stock/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: encode,
  requestDeserialize: decode,
  responseSerialize: encode,
  responseDeserialize: decode,
});

/** How the stock is spoken to. */
export const STOCK_CALLS = {
  /** How many there are. */
  count: call('Count', false),
  /** The same again and again, until nobody listens any more. */
  watch: call('Watch', true),
  /** How many watch it. */
  watchers: call('Watchers', false),
  /** More of it comes in: for no one whom the shop has. */
  refill: call('Refill', false),
} as const;
