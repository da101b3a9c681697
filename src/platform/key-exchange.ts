import type { KeyExchange } from '../ports/index.ts';

/** SSLSession of BoringSSL: `groupID [18] EXPLICIT INTEGER`, the group of this very handshake, resumed or not. */
const GROUP_ID_TAG = 0xb2;
const SEQUENCE_TAG = 0x30;

/** TLS named groups (RFC 8446 section 4.2.7, draft-ietf-tls-ecdhe-mlkem). */
const GROUPS: Readonly<Record<number, KeyExchange>> = {
  4588: 'X25519MLKEM768',
  29: 'X25519',
  23: 'secp256r1',
};

/**
 * By which group the two ends agreed on their keys. The runtime has no word for it, but the session that it keeps for
 * resumption says so, on both sides and from the end of the handshake on.
 */
export function keyExchangeOf(session: Uint8Array | undefined): KeyExchange {
  if (session === undefined) return 'unknown';
  const outer = valueAt(session, 0);
  if (outer?.tag !== SEQUENCE_TAG) return 'unknown';
  for (let at = outer.from; at < outer.to; ) {
    const value = valueAt(session, at);
    if (value === undefined) return 'unknown';
    if (value.tag === GROUP_ID_TAG) return groupOf(session, value.from);
    at = value.to;
  }
  return 'unknown';
}

function groupOf(session: Uint8Array, at: number): KeyExchange {
  const integer = valueAt(session, at);
  if (integer === undefined) return 'unknown';
  const octets = session.subarray(integer.from, integer.to);
  return GROUPS[octets.reduce((number, octet) => number * 256 + octet, 0)] ?? 'other';
}

/** Where one DER value (X.690 section 8.1) has its content; undefined: there is none that is whole. */
function valueAt(
  bytes: Uint8Array,
  at: number,
): { readonly tag: number; readonly from: number; readonly to: number } | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  let length = first < 0x80 ? first : 0;
  for (let i = 0; i < octets; i += 1) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  const from = at + 2 + octets;
  return from + length <= bytes.length ? { tag, from, to: from + length } : undefined;
}
