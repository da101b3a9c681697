// What libp2p costs on the wire, with all headers from IP on, both ways together, measured with
// `npm run bench -- gossip` (src/platform/gossip as it is configured, on the loopback interface of
// an empty network namespace). Half of it is headers of 52 bytes: small writes and acknowledgements.

/** A frame of gossipsub beyond its content: a packet and its acknowledgement, noise, yamux. */
export const FRAME_BYTES = 136;
/** A message's envelope: author, number, topic, signature. */
export const ENVELOPE_BYTES = 150;
/** One message's name in what is told of and asked for: its author and number. */
export const MESSAGE_ID_BYTES = 48;
/** A control message beyond the names in it. */
export const CONTROL_BYTES = 25;
/** A request and its answer beyond their payloads and a frame for each: a stream, opened and closed. */
export const EXCHANGE_BYTES = 580;
/** One side's half of a new connection, until both know who speaks gossipsub. */
export const CONNECTION_BYTES = 4_100;
/** One end of an open connection that nobody uses: a ping each two minutes. */
export const IDLE_BYTES_PER_SECOND = 1.6;
