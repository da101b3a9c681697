/** One message of a topic: a record has 64 KiB at most, so this leaves room without inviting floods. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** One gossipsub packet, which may carry several messages asked for again. */
export const MAX_PACKET_BYTES = 4 * 1024 * 1024;
/** One request or one answer: the longest is a page of records or a trust repository. */
export const MAX_EXCHANGE_BYTES = 16 * 1024 * 1024;
/** Requests of one protocol that are answered at the same time, over all peers and for one peer. */
export const MAX_EXCHANGES = 32;
export const MAX_EXCHANGES_PER_PEER = 4;
/** How long a peer may take to send a whole request: the usual few KiB on any line, the longest change of 8 MiB at 22 Mbit/s. */
export const REQUEST_TIMEOUT_MS = 3_000;
/** How long a request may take to be answered, and its peer to take the whole answer. */
export const ANSWER_TIMEOUT_MS = 30_000;

/** A credential is about 300 bytes; a stranger may make us hold no more than this. */
export const MAX_CREDENTIAL_BYTES = 4 * 1024;
/** What a refusing listener may tell instead: a record, of 64 KiB at most. */
export const MAX_PROOF_BYTES = 64 * 1024;
/** How long it waits for the dialler to have read that, and to close. */
export const FAREWELL_MS = 1_000;
/** What may lie unread behind a credential: the listener's first muxer frames. */
export const MAX_PEEK_BYTES = 256 * 1024;
/** From the first byte to the admitted peer: three round trips and two signatures. */
export const ADMISSION_TIMEOUT_MS = 5_000;

/**
 * Far above the 12 connections that membership wants: the rest is for those who come with a question. Beyond it the
 * oldest that others opened make way, for libp2p would turn whoever comes away until somebody leaves.
 */
export const MAX_CONNECTIONS = 128;
/** Two members may dial each other at once; with more, one of them could take the places of all others. */
export const MAX_CONNECTIONS_PER_PEER = 2;
/** Connections under admission at one time: libp2p turns away what comes beyond. */
export const MAX_PENDING_CONNECTIONS = 64;
/** Of them, so many are waited for; of more some make way, while there is still room for who comes. */
export const MAX_WAITED_FOR = 48;
/** New connections per second from one address: one stranger does not even have others make way. */
export const MAX_CONNECTIONS_PER_SECOND_AND_HOST = 9;

/**
 * Between two looks at whether a connection still answers. Membership finds who died within seconds, and drops
 * those; this finds connections that died between two that live.
 */
export const PING_PERIOD_MS = 120_000;

/** How long an answer to that may take, on any line, from a host that does much else. */
export const PING_TIMEOUT_MS = 10_000;

/** A mesh has a handful of topics; gossipsub counts 1 KiB and the name for each. */
export const MAX_TOPIC_BYTES_PER_PEER = 32 * 1024;
/** Entries of each kind in one gossipsub packet. */
export const MAX_PACKET_ENTRIES = 1_000;

/** Between two log lines of one kind that peers cause: neither a stranger nor a member may fill the disk. */
export const SELDOM_LOG_PERIOD_MS = 10_000;
/** What is written of an error, characters: it may quote all that a peer sent. */
export const ERROR_CHARACTERS = 1_024;
