import { decode, encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { MAX_DELEGATIONS, MAX_NEW_ROOTS, MAX_OFFER_BYTES, MAX_TARGETS } from '../limits.ts';
import { type DelegatedRole, isDelegatedRole } from './roles.ts';
import {
  byHash,
  type DelegatedFiles,
  type SignedChange,
  type TrustFiles,
  type TrustOffer,
} from './trust-files.ts';

const FRAME_BYTES = 65_536; // what names and lengths add to the bytes that are bounded
/** More than an update may bring: what a node holds has grown over years. */
const MAX_HELD_ROOTS = 10_000;

const bytes = z.instanceof(Uint8Array);
const contents = z.array(bytes).max(MAX_TARGETS);

const role = z.custom<DelegatedRole>(
  (text) => typeof text === 'string' && isDelegatedRole(text),
  'is the role of no namespace',
);
/** In order of role, each once: one repository has one spelling. */
const delegated = z
  .array(z.tuple([role, bytes]))
  .max(MAX_DELEGATIONS)
  .refine((lists) => lists.every(([name], at) => at === 0 || (lists[at - 1]?.[0] ?? '') < name), {
    message: 'is not in order of role, each once',
  })
  .transform((lists): DelegatedFiles => new Map(lists));

const files = z.strictObject({
  v: z.literal(2),
  roots: z.array(bytes).min(1).max(MAX_HELD_ROOTS),
  targets: bytes,
  snapshot: bytes,
  timestamp: bytes,
  delegated,
  contents,
});

const offer = z.strictObject({
  v: z.literal(2),
  roots: z.array(bytes).max(MAX_NEW_ROOTS),
  timestamp: bytes,
  snapshot: bytes.exactOptional(),
  targets: bytes.exactOptional(),
  delegated,
  contents,
});

const change = z.strictObject({
  v: z.literal(2),
  root: bytes.exactOptional(),
  targets: bytes.exactOptional(),
  delegated,
  contents,
});

/** As {@link delegated} reads it. */
const listsOf = (lists: DelegatedFiles) =>
  [...lists].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => [name, list]);

export const encodeFiles = (held: TrustFiles): Uint8Array =>
  encode({
    v: 2,
    ...held,
    delegated: listsOf(held.delegated),
    contents: [...held.contents.values()],
  });

/** The error says what is wrong with the shape; the signatures are not judged here. */
export function decodeFiles(encoded: Uint8Array): Result<TrustFiles, string> {
  const read = decodeAs(files, encoded, 'a trust repository');
  if (!read.ok) return read;
  const { v: _, ...held } = read.value;
  return ok({ ...held, contents: byHash(held.contents) });
}

export const encodeOffer = (offered: TrustOffer): Uint8Array =>
  encode({ v: 2, ...offered, delegated: listsOf(offered.delegated) });

export function decodeOffer(encoded: Uint8Array): Result<TrustOffer, string> {
  const read = decodeAs(offer, encoded, 'an offer');
  if (!read.ok) return read;
  const { v: _, ...offered } = read.value;
  return ok(offered);
}

export const encodeChange = (signed: SignedChange): Uint8Array =>
  encode({ v: 2, ...signed, delegated: listsOf(signed.delegated) });

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
