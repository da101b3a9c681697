import { createHash } from 'node:crypto';

/** RFC 6455 section 1.3: it proves that whoever answers has read a handshake of WebSocket. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The `Sec-WebSocket-Accept` that answers this `Sec-WebSocket-Key` (RFC 6455 section 4.2.2). SHA-1 proves no identity here. */
export const websocketAccept = (key: string): string =>
  createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
