import { z } from 'zod';
import {
  type DecisionRequest,
  HTTP_METHODS,
  type SampledDecision,
  textLengthOf,
} from '../policy/index.ts';
import { localitySchema, portSchema, serviceKeySchema, spiffeIdSchema } from '../registry/index.ts';
import { SIDECAR_LIMITS } from './limits.ts';

/** Decisions that a sidecar, or one of its workers, remembered: what was asked, and for how many each one stands. */

const { decisions, decisionText, decisionWeight } = SIDECAR_LIMITS;

const text = z.string().max(decisionText);
/** At least one character each, so that a list of many has a text of many. */
const texts = z.array(text.min(1)).max(decisionText).readonly();

const sharedFields = {
  principal: spiffeIdSchema,
  resource: serviceKeySchema,
  sourceIp: z.string().max(64),
  port: portSchema.exactOptional(),
  timeMs: z.int().nonnegative().exactOptional(),
  risk: z.int().min(0).max(100).exactOptional(),
  locality: localitySchema.exactOptional(),
  tls: z.object({ version: z.string().max(16), resumed: z.boolean() }).exactOptional(),
  /** Claims stay in the sidecar, whatever a message says. */
  user: z
    .object({ issuer: text, subject: text, groups: texts })
    .transform((user) => ({ ...user, claims: {} }))
    .exactOptional(),
};

const requestFields = {
  ...sharedFields,
  path: text,
  host: text,
  headers: z.record(text, text).readonly().exactOptional(),
};

const requestSchema = z
  .discriminatedUnion('action', [
    z.object({
      ...sharedFields,
      action: z.literal('connect'),
      protocol: z.enum(['tcp', 'udp']),
    }),
    z.object({ ...requestFields, action: z.literal('http'), method: z.enum(HTTP_METHODS) }),
    z.object({ ...requestFields, action: z.literal('grpc') }),
  ])
  // A node remembers thousands of them, and their texts twice.
  .refine((request) => textLengthOf(request) <= decisionText, {
    message: `its texts have more than ${decisionText} characters together`,
    abort: true,
  }) satisfies z.ZodType<DecisionRequest>;

export const decisionsSchema = z.object({
  type: z.literal('decisions'),
  decisions: z
    .array(z.object({ request: requestSchema, weight: z.int().min(1).max(decisionWeight) }))
    .max(decisions)
    .readonly() satisfies z.ZodType<readonly SampledDecision[]>,
});
