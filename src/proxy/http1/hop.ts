import type { Gate } from '../gate.ts';
import type { Reply } from '../http/reply.ts';
import type { MeshView } from '../mesh-view.ts';
import type { Exchange } from './exchange.ts';
import type { ResponseHead } from './head.ts';
import type { LeaseFailure } from './pool.ts';

/** What differs between the two sidecars that a request passes: {@link EgressHop}, {@link IngressHop}. */
export interface Hop {
  readonly gate: Gate;
  /** Monotonic: when the client's certificate ends. */
  readonly endsAtMs: number;
  /** Added to each request: lines with their ends. */
  readonly requestLines: string;
  /** For HTTP/1.0 clients that name no host. */
  readonly defaultHost: string;
  /** Until the first byte of the answer; Infinity where the caller's sidecar keeps the time. */
  readonly requestTimeoutMs: number;
  /** The answer to a request that policies do not permit. */
  readonly denial: Reply;
  /** The answer to every request now, whatever policies say. */
  refusal(view: MeshView): Reply | undefined;
  /** Finds a connection: ends in `leased` or `unleased` of the exchange, or in a reply. */
  lease(exchange: Exchange): void;
  /** No connection came about: tries elsewhere or replies. */
  unleased(exchange: Exchange, failure: LeaseFailure): void;
  /** The connection ended before a byte of the answer: tries once more or replies. */
  lost(exchange: Exchange): void;
  /** True: the answer is dropped, since the request was begun anew elsewhere. */
  supersedes(exchange: Exchange, head: ResponseHead): boolean;
  /** Added to each answer: lines with their ends. */
  responseLines(exchange: Exchange, head: ResponseHead): string;
}
