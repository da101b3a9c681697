import type { Reply } from '../http/reply.ts';
import type { RequestHead } from './head.ts';

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
