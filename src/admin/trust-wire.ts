import { z } from 'zod';

/**
 * Files of the trust repository on their way to and from a governor: opaque bytes in base64. What
 * they say is checked where they are used, never here.
 */

const MAX_FILE_CHARACTERS = 12 * 1024 * 1024;
const MAX_ROOTS = 1_024;
const MAX_CONTENTS = 10_000;

const file = z.base64().max(MAX_FILE_CHARACTERS);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 in hex');
/** Target contents by their SHA-256. */
const contents = z
  .record(sha256, file)
  .refine((all) => Object.keys(all).length <= MAX_CONTENTS, `has more than ${MAX_CONTENTS} files`);

/** All that a node holds: what a governor's computer drafts the next version from. */
export const trustDraftSchema = z.object({
  /** Every version, first to newest. */
  roots: z.array(file).min(1).max(MAX_ROOTS).readonly(),
  targets: file,
  snapshot: file,
  timestamp: file,
  contents,
});
export type TrustDraft = z.output<typeof trustDraftSchema>;

/** A next version that governors signed; snapshot and timestamp are added by an authority. */
export const signedChangeSchema = z.object({
  /** Only when the keys of a role changed. */
  root: file.optional(),
  targets: file,
  /** Only those that are new. */
  contents,
});
export type SignedChangeWire = z.output<typeof signedChangeSchema>;

export const publishedSchema = z.object({
  version: z.int(),
  rootVersion: z.int(),
  digest: z.string(),
  /** Members that are told now; the others fetch it when they are reachable again. */
  nodes: z.array(z.string()).readonly(),
});
export type Published = z.output<typeof publishedSchema>;
