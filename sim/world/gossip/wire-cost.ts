/** On the wire beyond the payload of one frame: IP, TCP, noise, yamux, and the other side's acknowledgement. */
export const FRAME_BYTES = 134;
/** A message's envelope: author, number, topic, signature. */
export const ENVELOPE_BYTES = 140;
/** One message's name in what is told of and asked for. */
export const MESSAGE_ID_BYTES = 48;
/** A control message beyond the names in it. */
export const CONTROL_BYTES = 40;
/** A request and its answer beyond their payloads: to open and to close a stream. */
export const EXCHANGE_BYTES = 600;
/** From the first packet until both know each other's topics. */
export const CONNECTION_BYTES = 6_000;
/** Of an open connection that nobody uses, each way. */
export const IDLE_BYTES_PER_SECOND = 50;
