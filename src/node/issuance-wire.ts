import { z } from 'zod';

/** Asks an authority for an X509-SVID: `{ spiffeId, csr, attestedAtMs, nowMs }`. */
export const SVID_PROTOCOL = '/selvage/issue/2';
/** Asks an authority for the asking node's next membership credential; its connection says whose. */
export const CREDENTIAL_PROTOCOL = '/selvage/credential/1';

/** A question for an identity or a token, or its answer, bytes: the longest has two tokens of 8 KiB, or eight certificates. */
export const MAX_JSON_BYTES = 64 * 1_024;

const base64 = z.base64();
/** What the asking node's clock says as it asks, milliseconds since 1970. */
export const askersClock = z.int().min(0);

export const svidRequestSchema = z.strictObject({
  spiffeId: z.string().max(2_048),
  csr: base64.max(8_192),
  /** When the asking node attested the process, by its own clock, milliseconds since 1970. */
  attestedAtMs: z.int().min(0),
  nowMs: askersClock,
});

const refused = z.strictObject({ refused: z.string() });

export const svidAnswerSchema = z.union([
  refused,
  z.strictObject({ chainPem: z.array(z.string()).min(1).max(8), notAfter: z.number() }),
]);
export const credentialAnswerSchema = z.union([refused, z.strictObject({ credential: base64 })]);

export type SvidAnswer = z.output<typeof svidAnswerSchema>;
export type CredentialAnswer = z.output<typeof credentialAnswerSchema>;

export const encodeJson = (value: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(value));

/** @throws RangeError, SyntaxError, ZodError: a peer that does not speak the protocol; its stream is closed unanswered */
export function decodeJson<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
): z.output<Schema> {
  if (bytes.length > MAX_JSON_BYTES) throw new RangeError(`it has ${bytes.length} bytes`);
  return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}
