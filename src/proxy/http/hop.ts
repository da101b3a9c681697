import type { Gate } from '../gate.ts';
import type { MeshView } from '../mesh-view.ts';
import type { Exchange } from './exchange.ts';
import type { Field } from './field.ts';
import type { LeaseFailure, ServerLoss } from './halves.ts';
import type { RequestHead, ResponseHead } from './message.ts';
import type { Reply } from './reply.ts';

/** What differs between the two sidecars that a request passes: {@link EgressHop}, {@link IngressHop}. */
export interface Hop {
  readonly gate: Gate;
  /** Monotonic: when the client's certificate ends. */
  readonly endsAtMs: number;
  /** For HTTP/1.0 clients that name no host. */
  readonly defaultHost: string;
  /** Until the first byte of the answer; Infinity where the caller's sidecar keeps the time. */
  readonly requestTimeoutMs: number;
  /** The answer to a request that policies do not permit. */
  readonly denial: Reply;
  /** The answer to this request now, whatever policies say. */
  refusal(view: MeshView, request: RequestHead): Reply | undefined;
  /** Finds a connection: ends in `leased` or `unleased` of the exchange, or in a reply. */
  lease(exchange: Exchange): void;
  /** No connection came about: tries elsewhere or replies. */
  unleased(exchange: Exchange, failure: LeaseFailure): void;
  /** The server was lost before a byte of its answer: tries once more or replies. */
  lost(exchange: Exchange, loss: ServerLoss): void;
  /** True: the answer is dropped, and the request is to be begun anew elsewhere. */
  supersedes(exchange: Exchange, head: ResponseHead): boolean;
  /** Added to each request. */
  requestFields(exchange: Exchange): readonly Field[];
  /** Added to each answer. */
  answerFields(exchange: Exchange, head: ResponseHead): readonly Field[];
}
