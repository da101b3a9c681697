import { z } from 'zod';
import { askersClock } from './issuance-wire.ts';

/** Asks an authority for a token: for a workload of the asking node, or for what two tokens prove. */
export const TOKEN_PROTOCOL = '/selvage/token/2';

const spiffeId = z.string().max(2_048);
const audience = z.string().max(512);
const token = z.string().max(8_192);

const tokenRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('workload'),
    spiffeId,
    audiences: z.array(audience).min(1).max(8).readonly(),
    /** Since when the workload runs that the asking node attested, by its clock. */
    attestedAtMs: z.number(),
  }),
  z.strictObject({
    kind: z.literal('exchange'),
    request: z.union([
      z.strictObject({ kind: z.literal('workload'), subjectToken: token, audience }),
      z.strictObject({
        kind: z.literal('user'),
        subjectToken: token,
        actorToken: token,
        audience,
      }),
    ]),
  }),
]);

export const tokenQuestionSchema = z.strictObject({
  request: tokenRequestSchema,
  nowMs: askersClock,
});

export const tokenAnswerSchema = z.union([
  z.strictObject({ refused: z.string() }),
  z.strictObject({ token: z.string(), issuedAt: z.number(), expiresAt: z.number() }),
]);

export type TokenRequest = z.output<typeof tokenRequestSchema>;
export type TokenAnswer = z.output<typeof tokenAnswerSchema>;
