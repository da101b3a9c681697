import { type Malformation, malformations } from '../http/refusal.ts';
import type { RequestHead } from './head.ts';

/** Why a sidecar answers by itself, beside what it cannot read. Closed: clients and logs see it. */
export const replyReasons = [
  'denied-by-policy',
  'permission-lost',
  'peer-not-trusted',
  'invalid-token',
  'token-not-checked',
  'not-ready',
  'unknown-service',
  'no-endpoints',
  'unreachable',
  'overloaded',
  'app-not-listening',
  'upstream-closed',
  'bad-response',
  'request-timeout',
  'request-head-timeout',
] as const;

/** An answer of this sidecar itself. */
export interface Reply {
  readonly status: number;
  readonly reason: (typeof replyReasons)[number] | Malformation;
  /** One sentence for the person who reads the body. Never what a client sent. */
  readonly text: string;
  /** For the caller's sidecar: nothing was written to the application, or no byte came back. */
  readonly retry?: 'safe' | 'idempotent';
  /** The client is to show another token (RFC 6750 section 3). */
  readonly challenge?: true;
}

/** The answer to what cannot be read in one way. */
export const malformed = (reason: Malformation): Reply => ({
  status: malformations[reason],
  reason,
  text: 'the request can be read in more than one way, or is larger than allowed',
});

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  408: 'Request Timeout',
  414: 'URI Too Long',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** The whole message; `close` when no further request is read. */
export function replyBytes(reply: Reply, head: RequestHead | undefined, close: boolean): Buffer {
  const body = `${reply.reason}: ${reply.text}\n`;
  const lines = [
    `HTTP/1.1 ${reply.status} ${PHRASES[reply.status] ?? ''}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-selvage-reason: ${reply.reason}`,
    ...(reply.retry === undefined ? [] : [`x-selvage-retry: ${reply.retry}`]),
    ...(reply.challenge === true ? ['www-authenticate: Bearer error="invalid_token"'] : []),
    ...(close ? ['connection: close'] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${head?.method === 'HEAD' ? '' : body}`);
}
