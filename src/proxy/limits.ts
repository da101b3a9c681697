/** Bounds on what a peer can make a sidecar hold or wait for. Each one has a test that reaches it. */

/** One direction of one connection: above this, its source is paused until all is written. */
export const HIGH_WATER_BYTES = 256 * 1024;

/**
 * Bytes that wait to be written, in all connections of a data plane together: above this, new requests and
 * connections are refused, and those under way go on within their own bounds.
 */
export const HELD_BYTES = 256 * 1024 * 1024;

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

/** Lines of fields that are known when they come again, of requests and of answers, and the longest of them: at most 128 KiB of text each. */
export const KNOWN_LINES = 1_024;
export const KNOWN_LINE_CHARS = 128;

/**
 * Informational answers (1xx) to one request: they have no content that could be held back, so a client that does not
 * read would have them pile up. Honest servers send a few; Go's client takes five.
 */
export const INFORMATIONAL_ANSWERS = 64;

/** A request that is held whole up to this size can be sent again elsewhere. */
export const REPLAY_BYTES = 64 * 1024;

/** Distinct endpoints that are tried before a connection is given up. */
export const CONNECT_ATTEMPTS = 3;

/** Connections to one endpoint, in use, idle and opening. */
export const POOL_CONNECTIONS = 1_024;

/** Connections of clients, plain and from peers, that a data plane serves at a time; more are closed at once. */
export const CLIENT_CONNECTIONS = 16_384;

/** Of them, the share that connections of one peer's identity may take. */
export const PEER_SHARE = 0.25;
/** Of them, the share that may be in the handshake: anybody who reaches the port can begin one. */
export const HANDSHAKE_SHARE = 0.25;

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
/** To where a captured connection was going, when it is passed on in plain: what kernels wait for two lost packets. */
export const PASSED_CONNECT_TIMEOUT_MS = 10_000;
/** How long a refused client's bytes are still read, so that it sees the answer and not a reset (RFC 9112 section 9.6). */
export const LINGER_MS = 2_000;

/**
 * A connection between sidecars that no request needed for so long: a handshake costs as much as twenty requests,
 * and keeping one a few kilobytes on both sides.
 */
export const IDLE_SIDECAR_MS = 600_000;
/** What of a TLS session is kept to be taken up again: our chain and the peer's, and its ticket. */
export const KEPT_SESSION_BYTES = 16 * 1024;

/** No new request goes over a connection whose certificate ends within this span. */
export const EXPIRY_MARGIN_MS = 30_000;

/**
 * HTTP/2: fields of one message, pseudo-fields included, and their sizes in a compression table together (what
 * SETTINGS_MAX_HEADER_LIST_SIZE counts). The largest head of HTTP/1.1 fits, with what sidecars add to it.
 */
export const FIELD_LIST_FIELDS = HEAD_FIELDS + 28;
export const FIELD_LIST_BYTES = HEAD_BYTES + 8 * 1024;

// HTTP/2 connections.

/** Streams that a peer may have open on one connection; a sidecar opens no more on one either. */
export const STREAMS_PER_CONNECTION = 1_024;
/** Connections to one server that are shared by streams, in use and opening. */
export const SHARED_CONNECTIONS = 64;
/** Requests that wait for a connection to one server. */
export const WAITING_REQUESTS = 1_024;
/** What a peer's SETTINGS are taken to allow until they have come (RFC 9113 section 6.5.2 advises no less). */
export const STREAMS_BEFORE_SETTINGS = 100;
/** The largest frame that a peer may send: fewer heads for large contents, which pass without being held whole. */
export const FRAME_PAYLOAD_BYTES = 256 * 1024;
/** The largest DATA frame that is sent, so that streams take turns. */
export const DATA_PAYLOAD_BYTES = 32 * 1024;
/** Frames of a header block after its first; honest ones need none below 16 KiB. */
export const CONTINUATION_FRAMES = 8;

/** What a stream may send before its reader has taken any of it. */
export const STREAM_WINDOW_BYTES = 256 * 1024;
/** To what the window of a stream grows whose reader keeps up. */
export const STREAM_WINDOW_MAX_BYTES = 4 * 1024 * 1024;
/** By how much the windows of one connection's streams may have grown together. */
export const WINDOW_GROWTH_BYTES = 16 * 1024 * 1024;
/** Of a whole connection; credited on receipt, so that a reader that stands still holds up its own stream only. */
export const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Content that readers standing still hold; above this the connection gets no credit either. */
export const WITHHELD_BYTES = 32 * 1024 * 1024;

/** Content of all streams of one connection that waits to be sent: above this each stream is to hold still. */
export const QUEUED_BYTES = 16 * 1024 * 1024;
/** Above this the stream that brings still more is reset, once the data plane holds {@link HELD_BYTES}. */
export const QUEUED_LIMIT_BYTES = 64 * 1024 * 1024;
/** By so much {@link HELD_BYTES} may be passed by requests that were begun before; then every stream that brings more is reset. */
export const HELD_SLACK = 1.25;
/** A connection's buffer for what goes out, while anything does: two of the largest DATA frames. */
export const OUTPUT_BUFFER_BYTES = 64 * 1024 + 32;
/** How many such buffers are kept for the next who needs one. */
export const OUTPUT_SPARE_BUFFERS = 64;
/** Heads and control frames that the peer does not take: above this nothing more is read from it. */
export const OUTPUT_HIGH_WATER_BYTES = 1024 * 1024;
/** Above this the connection ends: as much as the answers of all its streams that are under way should not reach. */
export const OUTPUT_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Streams that may end by a reset before an answer began: so many at once, since a tunnel carries many clients
 * that may all leave in one moment, and so many each second. Each answer gives one back.
 */
export const WASTED_STREAMS = 2 * STREAMS_PER_CONNECTION;
export const WASTED_STREAMS_PER_SECOND = 100;
/** Frames that carry nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, unknown ones): so many at once, and each second. */
export const IDLE_FRAMES = 1_000;
export const IDLE_FRAMES_PER_SECOND = 100;
/** How many of them each request, and each DATA frame sent, gives reason for. */
export const IDLE_FRAMES_PER_USE = 8;

/** How often a connection is looked after: whether it is idle, or its peer silent. */
export const CONNECTION_CHECK_MS = 5_000;
/** A peer with open streams that says nothing for so long is asked whether it is there, and given as long to answer. */
export const SILENCE_MS = 10_000;
/** A peer without open streams that says nothing for so long is asked too, so that no request finds a dead one. */
export const IDLE_SILENCE_MS = 60_000;

// Connections between sidecars that are opened before a request needs them.

/** Endpoints of one service to which a connection is opened ahead of need. */
export const WARM_ENDPOINTS = 4;
/** A sidecar's first connections are opened within this span, so that all sidecars of a host do not dial in one moment. */
export const WARM_SPREAD_MS = 250;
/** A connection under a new certificate or bundle is opened within this span: the older one still serves. */
export const RENEW_SPREAD_MS = 10_000;
/** So long before a connection takes no new request the next one is opened. */
export const RENEW_AHEAD_MS = 60_000;
/** Connections that are being opened, above which none is opened ahead of need. */
export const WARM_DIALS = 16;
/** Until the next attempt to open a connection ahead of need where one failed: twice as long each time, ±20 %, up to {@link WARM_RETRY_MAX_MS}. */
export const WARM_RETRY_MS = 1_000;
/** The longest time between two such attempts. */
export const WARM_RETRY_MAX_MS = 30_000;

// Flows of datagrams.

/** The content of one datagram: what IPv4 can carry (RFC 768, RFC 791). A larger one cannot have come from a socket. */
export const DATAGRAM_BYTES = 65_507;
/** Flows of one data plane, of its application and to it: each of the latter takes a socket. */
export const FLOWS = 4_096;
/** Datagrams of one flow that wait because the tunnel takes no more, or is not there yet. */
export const FLOW_WAITING_DATAGRAMS = 128;
/** What they may take: one of the largest, or a burst of smaller ones. */
export const FLOW_WAITING_BYTES = 68 * 1024;
/** The same for all flows of a data plane. */
export const FLOWS_WAITING_BYTES = 16 * 1024 * 1024;
/** A flow in which nothing moves. Longer than the 30 s that RFC 4787 and many programs keep one alive by. */
export const IDLE_FLOW_MS = 60_000;
/** How long a sender whose flow was refused or broken is not listened to: a flood of datagrams is no flood of attempts. */
export const FLOW_REST_MS = 250;

// Decisions that are remembered for those who judge what a proposal would change.

/** How often they are handed to the node. */
export const SAMPLE_PERIOD_MS = 1_000;
/** Of one data plane in one such period: a node reads those of a hundred busy ones in 30 ms. */
export const SAMPLES_PER_PERIOD = 64;
/** Path, host, headers and user of one: what is longer is not remembered. */
export const SAMPLE_CHARS = 2 * 1024;
/** A connection that stays open counts as one call each time: a change that would cut it is to be seen as well. */
export const SAMPLE_OPEN_MS = 60_000;
