/** The length-prefixed message of gRPC (PROTOCOL-HTTP2, "Length-Prefixed-Message"), not compressed. */
function message(bytes: number): Uint8Array {
  const framed = Buffer.alloc(5 + bytes, 'm');
  framed.writeUInt8(0);
  framed.writeUInt32BE(bytes, 1);
  return framed;
}

export const REQUEST = message(64);
export const ANSWER = message(1_000);

/** What a call carries besides, each way: as tracing, tenants and user agents are. */
export const MORE_HEADERS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from({ length: 8 }, (_, n) => [`x-application-${n}`, `value-${n}-0123456789abcdef`]),
);
