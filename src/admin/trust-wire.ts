import { z } from 'zod';

/**
 * The trust repository on its way to and from a governor: opaque bytes in base64, in the encoding
 * of the room that holds it. What they say is checked where they are used, never here.
 */

/** 8 MiB of files and what names and lengths add to them, in base64. */
const MAX_CHARACTERS = 12 * 1024 * 1024;

export const bytesSchema = z.base64().max(MAX_CHARACTERS);

export const trustDraftSchema = z.object({
  /** All files that the node holds: what a governor's computer drafts the next version from. */
  files: bytesSchema,
});

export const signedChangeSchema = z.object({
  /** A next version that governors signed; an authority adds snapshot and timestamp. */
  change: bytesSchema,
});

export const publishedSchema = z.object({
  version: z.int(),
  rootVersion: z.int(),
  digest: z.string(),
  /** Members that are told now; the others fetch it when they are reachable again. */
  nodes: z.array(z.string()).readonly(),
});
