import type { Field } from './field.ts';

/**
 * A request that can be read in one way only, whichever protocol brought it. Path and host are normalised:
 * what is decided on is what is forwarded.
 */
export interface RequestHead {
  /** `CONNECT`: a connection of bytes to the service, whose content goes both ways at once. */
  readonly method: string;
  /** Path and query; empty for a `CONNECT` that asks for no upgrade. */
  readonly target: string;
  readonly path: string;
  /** Lower case; empty when an HTTP/1.0 client sent none. */
  readonly host: string;
  /** Those that are passed on: without pseudo-fields, Host, framing, hop-by-hop and mesh-only ones. */
  readonly fields: readonly Field[];
  /** Bytes of the content; undefined when its sender does not say (its `content-length` is among the fields otherwise). */
  readonly length: number | undefined;
  /**
   * The only protocols that are switched to: anything else would escape the rules per request. A WebSocket is asked for
   * by GET, a flow of datagrams (RFC 9298) by CONNECT.
   */
  readonly upgrade: 'websocket' | 'connect-udp' | undefined;
}

/** The answer, or an informational one before it (status below 200). */
export interface ResponseHead {
  /** 101: it became a tunnel of the protocol that the request asked for. */
  readonly status: number;
  readonly fields: readonly Field[];
  readonly length: number | undefined;
  /** `x-selvage-reason` and `x-selvage-retry`: to be believed from a verified sidecar only. */
  readonly meshReason: string | undefined;
  readonly meshRetry: string | undefined;
}
