/** Bounds on what a peer can make a sidecar hold or wait for. Each one has a test that reaches it. */

/** One direction of one connection: above this, its source is paused until all is written. */
export const HIGH_WATER_BYTES = 256 * 1024;

/**
 * What may still arrive on a connection that is not read: TLS delivers what it has decrypted already,
 * at most one read of the runtime (512 KiB). More is a defect, and ends the connection.
 */
export const EARLY_BYTES = 1024 * 1024;

/** Request line, or status line, with all fields. Java servers stop at 8 KiB, nginx at 32. */
export const HEAD_BYTES = 64 * 1024;
export const HEAD_FIELDS = 100;
/** Path and query of a request. */
export const TARGET_BYTES = 8 * 1024;

/**
 * What of a connection's beginning may be held until it is known what it is: a method, a target of
 * {@link TARGET_BYTES} and the version.
 */
export const SNIFF_BYTES = TARGET_BYTES + 64;
/** How long a client whose protocol nobody declared may be silent before its server is asked: some servers speak first. */
export const SNIFF_WAIT_MS = 50;

/** The value of one header that policies read: tenants, roles and feature flags are far shorter. */
export const POLICY_FIELD_BYTES = 4 * 1024;

/** The size line of a chunk: 8 hex digits, so at most 4 GiB a chunk. */
export const CHUNK_SIZE_DIGITS = 8;
/** All fields after the last chunk, together. */
export const TRAILER_BYTES = 8 * 1024;

/** A request that is held whole up to this size can be sent again elsewhere. */
export const REPLAY_BYTES = 64 * 1024;

/** Distinct endpoints that are tried before a connection is given up. */
export const CONNECT_ATTEMPTS = 3;

/** Connections to one endpoint, in use, idle and opening. */
export const POOL_CONNECTIONS = 1_024;

/** Connections of clients, plain and from peers, that a data plane serves at a time; more are closed at once. */
export const CLIENT_CONNECTIONS = 16_384;

/** From accept, or the first byte of a later request, to the end of the head (slow-loris). */
export const HEAD_TIMEOUT_MS = 10_000;
/** A kept-alive client connection without a request. Longer than pools keep theirs, so that they close first. */
export const IDLE_CLIENT_MS = 75_000;
/** A pooled connection without a request. */
export const IDLE_POOL_MS = 50_000;
/** A body in which nothing moves, and a tunnel of which one direction is closed. */
export const IDLE_BODY_MS = 300_000;
/** An open tunnel in which nothing moves: databases keep connections for long. */
export const IDLE_TUNNEL_MS = 3_600_000;
/** When an idle tunnel's kernel begins to ask whether the other side is still there. */
export const KEEPALIVE_MS = 60_000;
/** Of mutual TLS between sidecars, from the connection to the judged peer. */
export const HANDSHAKE_TIMEOUT_MS = 5_000;
/** To the application beside the sidecar, over loopback. */
export const LOCAL_CONNECT_TIMEOUT_MS = 1_000;
/** How long a refused client's bytes are still read, so that it sees the answer and not a reset (RFC 9112 section 9.6). */
export const LINGER_MS = 2_000;

/** No new request goes over a connection whose certificate ends within this span. */
export const EXPIRY_MARGIN_MS = 30_000;

/**
 * HTTP/2: fields of one message, pseudo-fields included, and their sizes in a compression table together (what
 * SETTINGS_MAX_HEADER_LIST_SIZE counts). The largest head of HTTP/1.1 fits, with what sidecars add to it.
 */
export const FIELD_LIST_FIELDS = HEAD_FIELDS + 28;
export const FIELD_LIST_BYTES = HEAD_BYTES + 8 * 1024;
