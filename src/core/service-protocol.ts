/**
 * What the application behind a service speaks: HTTP/1.1; HTTP/2 in clear with prior knowledge; gRPC over
 * that; opaque bytes; datagrams; or nothing is said, and the first bytes of each connection decide.
 */
export const SERVICE_PROTOCOLS = ['http', 'http2', 'grpc', 'tcp', 'udp', 'auto'] as const;

export type ServiceProtocol = (typeof SERVICE_PROTOCOLS)[number];
