import type { RequestHead } from './head.ts';

/** Why this sidecar answers by itself. Closed: clients and logs see it. */
export type ReplyReason =
  | 'denied-by-policy'
  | 'peer-not-trusted'
  | 'not-ready'
  | 'no-endpoints'
  | 'unreachable'
  | 'overloaded'
  | 'app-not-listening'
  | 'upstream-closed'
  | 'bad-response'
  | 'request-timeout'
  | 'request-head-timeout';

/** An answer of this sidecar itself. */
export interface Reply {
  readonly status: number;
  /** A {@link ReplyReason} or a malformation. */
  readonly reason: string;
  /** One sentence for the person who reads the body. Never what a client sent. */
  readonly text: string;
  /** For the caller's sidecar: nothing was written to the application, or no byte came back. */
  readonly retry?: 'safe' | 'idempotent';
}

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
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
    ...(close ? ['connection: close'] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${head?.method === 'HEAD' ? '' : body}`);
}
