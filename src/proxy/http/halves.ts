import type { DialFailure } from '../dial.ts';
import type { TlsPeer } from '../tunnel/index.ts';
import type { Field } from './field.ts';
import type { RequestHead, ResponseHead } from './message.ts';
import type { Malformation } from './refusal.ts';

/**
 * An exchange has two halves: the client's, where a request comes from and its answer goes, and the
 * server's, where the request goes and its answer comes from. Each half speaks its own protocol (HTTP/1.1,
 * a stream of HTTP/2, a bare TCP connection); what passes between them is the same for all.
 *
 * Content passes as `bytes` with `from` and `to`, valid during the call only: whoever keeps it copies it. All
 * of it is taken; `false` asks the source to hold still until it is told that there is room again. `ended`:
 * nothing follows. Content after 101, or after the answer to `CONNECT`, goes both ways, each closed on its own.
 */
export interface ClientHalf {
  /** An informational answer other than 101; dropped where the client's protocol has none. */
  inform(head: ResponseHead): void;
  /** Begins the answer; at most once. `added`: fields of this sidecar's own. */
  answer(head: ResponseHead, added: readonly Field[], ended: boolean): void;
  /** False: `clientDrained` follows when there is room. */
  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean;
  /** Ends the answer. */
  trailers(fields: readonly Field[]): void;
  /** Ends the answer so that nobody takes a part for the whole, before or after its head. */
  breakOff(): void;
  /** The server can take no more: the client's content is not to come. */
  hold(): void;
  release(): void;
}

/**
 * Takes a request that a client's connection has read: what it returns hears of the rest. It may hold, answer or
 * break off before it returns. `ended`: the request has no content.
 */
export type AcceptRequest = (
  head: RequestHead,
  client: ClientHalf,
  ended: boolean,
) => RequestListener;

/** What an exchange hears of the client's half. */
export interface RequestListener {
  requestContent(bytes: Buffer, from: number, to: number, ended: boolean): void;
  /** Ends the request; checked, and without those that decide, frame or route. */
  requestTrailers(fields: readonly Field[]): void;
  /** The request's content cannot be read any further (a bad chunk, a length that does not fit). */
  requestMalformed(reason: Malformation): void;
  clientDrained(): void;
  /** It left, and wants no answer. The last that is heard. */
  clientGone(): void;
}

export interface ServerHalf {
  /** Who answers, verified; undefined where it is the application beside this sidecar. */
  readonly peer: TlsPeer | undefined;
  /** Monotonic: nothing goes on after this, since the peer's certificate ends. */
  readonly endsAtMs: number;
  /** Sends the head: first, and once. `added`: fields of this sidecar's own. */
  request(head: RequestHead, added: readonly Field[], ended: boolean): void;
  /** False: `serverDrained` follows when there is room. */
  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean;
  trailers(fields: readonly Field[]): void;
  /** The client can take no more: the answer's content is not to come. */
  hold(): void;
  release(): void;
  /** The answer, or the rest of it, is not wanted: nothing is heard any more. */
  cancel(): void;
}

/** Why a server's half came to nothing. */
export type ServerLoss =
  /** It surely did nothing with the request (REFUSED_STREAM, or above GOAWAY's last stream). */
  | 'unprocessed'
  /** The connection or stream ended before the answer did. */
  | 'closed'
  /** What it sent is no answer. */
  | 'malformed';

/** What an exchange hears of the server's half. Nothing after an end, a loss or `cancel`. */
export interface AnswerListener {
  informed(head: ResponseHead): void;
  answered(head: ResponseHead, ended: boolean): void;
  answerContent(bytes: Buffer, from: number, to: number, ended: boolean): void;
  answerTrailers(fields: readonly Field[]): void;
  serverDrained(): void;
  serverLost(loss: ServerLoss): void;
}

export type LeaseFailure =
  | DialFailure
  | { readonly stage: 'pool'; readonly reason: 'full'; readonly detail: string };

/** Who wants a server's half for one request, and hears its answer. */
export interface Lessee extends AnswerListener {
  /** Who serves may depend on what is asked for. */
  readonly request: RequestHead;
  /** The peer's identity; undefined for our own application. */
  readonly requester: string | undefined;
  /** Set while a connection is being opened; cancel it when it is no longer wanted. */
  pending: { cancel(): void } | undefined;
  /** The half is its own from now on. Called once, perhaps before `lease` returns; or else {@link unleased}. */
  leased(server: ServerHalf): void;
  unleased(failure: LeaseFailure): void;
}

/** The connections to one server: an application, or one endpoint's sidecar. */
export interface Servers {
  /** `fresh`: one that was idle failed this lessee just now, and others may have died with it: open another. */
  lease(lessee: Lessee, fresh: boolean): void;
}
