/**
 * Where the method begins in the path of a gRPC request, `/pkg.Service/Method`
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md); undefined for a path of any other form, in
 * which implementations find different services.
 */
export function grpcMethodStart(path: string): number | undefined {
  const slash = path.indexOf('/', 1);
  const hasParts = path.startsWith('/') && slash > 1 && slash < path.length - 1;
  return hasParts && path.indexOf('/', slash + 1) < 0 ? slash + 1 : undefined;
}

/** The service and the method that a gRPC request's path names; both are empty where it names none. */
export function grpcCallOf(path: string): { readonly service: string; readonly method: string } {
  const start = grpcMethodStart(path);
  return start === undefined
    ? { service: '', method: '' }
    : { service: path.slice(1, start - 1), method: path.slice(start) };
}
