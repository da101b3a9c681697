import { decode, encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { MAX_NEW_ROOTS, MAX_OFFER_BYTES, MAX_TARGETS } from '../limits.ts';
import { byHash, type SignedChange, type TrustFiles, type TrustOffer } from './trust-files.ts';

const FRAME_BYTES = 65_536; // what names and lengths add to the bytes that are bounded
/** More than an update may bring: what a node holds has grown over years. */
const MAX_HELD_ROOTS = 10_000;

const bytes = z.instanceof(Uint8Array);
const contents = z.array(bytes).max(MAX_TARGETS);

const files = z.strictObject({
  v: z.literal(1),
  roots: z.array(bytes).min(1).max(MAX_HELD_ROOTS),
  targets: bytes,
  snapshot: bytes,
  timestamp: bytes,
  contents,
});

const offer = z.strictObject({
  v: z.literal(1),
  roots: z.array(bytes).max(MAX_NEW_ROOTS),
  timestamp: bytes,
  snapshot: bytes.exactOptional(),
  targets: bytes.exactOptional(),
  contents,
});

const change = z.strictObject({
  v: z.literal(1),
  root: bytes.exactOptional(),
  targets: bytes,
  contents,
});

export const encodeFiles = (held: TrustFiles): Uint8Array =>
  encode({ v: 1, ...held, contents: [...held.contents.values()] });

/** The error says what is wrong with the shape; the signatures are not judged here. */
export function decodeFiles(encoded: Uint8Array): Result<TrustFiles, string> {
  const read = decodeAs(files, encoded, 'a trust repository');
  if (!read.ok) return read;
  const { v: _, ...held } = read.value;
  return ok({ ...held, contents: byHash(held.contents) });
}

export const encodeOffer = (offered: TrustOffer): Uint8Array => encode({ v: 1, ...offered });

export function decodeOffer(encoded: Uint8Array): Result<TrustOffer, string> {
  const read = decodeAs(offer, encoded, 'an offer');
  if (!read.ok) return read;
  const { v: _, ...offered } = read.value;
  return ok(offered);
}

export const encodeChange = (signed: SignedChange): Uint8Array => encode({ v: 1, ...signed });

export function decodeChange(encoded: Uint8Array): Result<SignedChange, string> {
  const read = decodeAs(change, encoded, 'a signed change');
  if (!read.ok) return read;
  const { v: _, ...signed } = read.value;
  return ok(signed);
}

/** Reads one message in dag-cbor that a peer sent: its size first, then its shape, whole. */
export function decodeAs<T>(
  schema: z.ZodType<T>,
  encoded: Uint8Array,
  what: string,
  maxBytes = MAX_OFFER_BYTES + FRAME_BYTES,
): Result<T, string> {
  if (encoded.length > maxBytes) {
    return err(`${what} of ${encoded.length} bytes; at most ${maxBytes} are read`);
  }
  try {
    const parsed = schema.safeParse(decode(encoded));
    if (parsed.success) return ok(parsed.data);
    const [issue] = parsed.error.issues;
    return err(`${what} has a wrong shape: ${issue?.path.join('.')} ${issue?.message}`);
  } catch (cause) {
    return err(`${what} is no dag-cbor: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
