import { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';

const CAPSULES = [new Field('capsule-protocol', '?1')]; // RFC 9297 section 3.4

/**
 * What a flow asks for (RFC 9298 section 3.4), and what it gets. The path leads nowhere: a tunnel ends at one service,
 * which the handshake has named, so that no sidecar sends datagrams to where a peer likes.
 */
export const CONNECT_UDP: RequestHead = {
  method: 'CONNECT',
  target: '/',
  path: '/',
  host: '',
  fields: CAPSULES,
  length: undefined,
  upgrade: 'connect-udp',
};

export const CONNECTED: ResponseHead = {
  status: 101,
  fields: CAPSULES,
  length: undefined,
  meshReason: undefined,
  meshRetry: undefined,
};
