import { encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import type { Result } from '../../core/index.ts';
import { MAX_DELEGATIONS, MAX_TARGETS } from '../limits.ts';
import { decodeAs, isRole, type Role } from '../repository/index.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const number = z.int().min(0);
const blobs = z.array(hash).max(2 * MAX_TARGETS);

const role = z.custom<Role>((text) => typeof text === 'string' && isRole(text), 'is no role');

/** One role's part in what was in force from then on. */
const part = z.strictObject({
  role,
  version: number,
  /** Names of those who signed it, in order; of the keys that counted then. */
  signedBy: z.array(z.string()),
  /** Was it new with this change? */
  isNew: z.boolean(),
  /** Of the list's bytes; left out for root, which is held whole elsewhere. */
  sha256: hash.exactOptional(),
});

const keptChange = z.strictObject({
  v: z.literal(1),
  /** Counts what was adopted here. */
  n: number,
  /** When it was adopted here, by this node's clock. */
  adoptedAtMs: number,
  digest: hash,
  rootVersion: number,
  revision: number,
  publishedAtMs: number.exactOptional(),
  /** Online key (hex) of the authority that signed the snapshot. */
  publishedBy: z.string().exactOptional(),
  /** Node of that authority. */
  publisher: z.string().exactOptional(),
  /** Root, the governors' list, then those of teams in order of namespace. */
  parts: z.array(part).max(MAX_DELEGATIONS + 2),
  /** In words, against what was in force before. */
  lines: z.array(z.string()),
  /** As who proposed it said, where that was known. */
  reason: z.string().exactOptional(),
  /** Versions that were never in force here, because it was away: `5`, `payments/2 to 4`. */
  missed: z.array(z.string()),
  /** Bytes that are needed from this change on, and such as are needed up to the one before. */
  added: blobs,
  gone: blobs,
});

/** A change as a node remembers it. */
export type KeptChange = z.output<typeof keptChange>;
export type KeptPart = KeptChange['parts'][number];

export const encodeKeptChange = (change: KeptChange): Uint8Array => encode(change);

export const decodeKeptChange = (bytes: Uint8Array): Result<KeptChange, string> =>
  decodeAs(keptChange, bytes, 'a change of before');
