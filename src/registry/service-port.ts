import type { ServiceProtocol } from '../core/index.ts';

/** What a URL without a port means (RFC 9110 section 4.2.1). */
const HTTP_PORT = 80;

const HTTP_KINDS: ReadonlySet<ServiceProtocol> = new Set(['http', 'http2', 'grpc']);

/**
 * Where callers that know a service by name reach it. Undefined when it has no such place: bytes and datagrams
 * without a protocol have no port that a program would expect.
 */
export function portForCallers(service: {
  readonly protocol: ServiceProtocol;
  readonly port?: number;
}): number | undefined {
  return service.port ?? (HTTP_KINDS.has(service.protocol) ? HTTP_PORT : undefined);
}
