import { z } from 'zod';
import { listOf, when } from './wire-fields.ts';

const MAX_REASON_LENGTH = 256;

/** What an authority is to take back of what it signed itself: one of the two, hex. */
export const revokeSchema = z.object({
  what: z.union([
    z.strictObject({ serial: z.string().max(40) }),
    z.strictObject({ keySha256: z.string().max(64) }),
  ]),
  reason: z.string().max(MAX_REASON_LENGTH),
});
export type Revoke = z.output<typeof revokeSchema>;

/** Something that is good no more before its time. */
export const revocationViewSchema = z.object({
  kind: z.enum(['workload', 'node', 'authority', 'key', 'serial']),
  /** A SPIFFE ID, a node's name, a serial number or SHA-256 of a key in hex. */
  subject: z.string(),
  /** `governors`, or the node of the authority that took back what it signed. */
  by: z.string(),
  /** The resource of the governors. */
  name: z.string().optional(),
  /** Governors: what was signed up to then; authorities: when they said so. Left out: all, whenever it was signed. */
  since: when.optional(),
  /** When the last of what it names would have ended; left out: it stands until the governors take it out. */
  until: when.optional(),
  reason: z.string(),
});
export type RevocationItem = z.output<typeof revocationViewSchema>;

export const revocationListSchema = listOf(revocationViewSchema);
