import { Field } from './field.ts';
import type { RequestHead, ResponseHead } from './message.ts';
import { meshFields, type Reply } from './reply.ts';

/** gRPC's own codes for what HTTP says by its status; a client that reads the status alone comes to the same. */
const GRPC_STATUS: Readonly<Record<number, number>> = {
  401: 16, // UNAUTHENTICATED
  403: 7, // PERMISSION_DENIED
  502: 14, // UNAVAILABLE
  503: 14,
  504: 14,
};
const INTERNAL = 13;

/** `application/grpc`, and with a codec (`+proto`) or parameters; not `application/grpc-web`, which is plain HTTP. */
const GRPC_TYPE = /^application\/grpc(?:[+; \t]|$)/i;
const TYPE = new Field('content-type', 'application/grpc');

/** Whether the client looks for what came of its request in trailers, and not in the status. */
export const isGrpcCall = ({ method, fields }: RequestHead): boolean =>
  method === 'POST' &&
  fields.some(({ name, value }) => name === 'content-type' && GRPC_TYPE.test(value));

/** A sidecar's own answer as a gRPC client reads it: trailers only, and no content (gRPC over HTTP/2, "Responses"). */
export function grpcRefusal(reply: Reply): ResponseHead {
  const code = GRPC_STATUS[reply.status] ?? INTERNAL;
  const fields = [
    TYPE,
    new Field('grpc-status', String(code)),
    new Field('grpc-message', percentEncoded(`${reply.reason}: ${reply.text}`)),
    ...meshFields(reply),
  ];
  return { status: 200, fields, length: undefined, meshReason: undefined, meshRetry: undefined };
}

/** gRPC over HTTP/2, "Status-Message": all but printable ASCII, and the percent sign itself. */
const percentEncoded = (text: string): string =>
  text.replaceAll(/[^ -$&-~]/g, (character) => encodeURIComponent(character));
