/** TLS 1.3's own (RFC 8446 appendix B.4). */
const CIPHERS: Readonly<Record<number, string>> = {
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
};

const HANDSHAKE = 22;
const SERVER_HELLO = 2;
/** Record header, handshake header, legacy version and random (RFC 8446 sections 5.1, 4, 4.1.3). */
const SESSION_ID_AT = 5 + 4 + 2 + 32;

/** The cipher of a connection whose server's first bytes these are; it is still in clear there. */
export function readCipher(bytes: Buffer): string | undefined {
  if (bytes[0] !== HANDSHAKE || bytes[5] !== SERVER_HELLO) return undefined;
  const at = SESSION_ID_AT + 1 + (bytes[SESSION_ID_AT] ?? 0);
  if (bytes.length < at + 2) return undefined;
  const number = bytes.readUInt16BE(at);
  return CIPHERS[number] ?? `0x${number.toString(16)}`;
}
