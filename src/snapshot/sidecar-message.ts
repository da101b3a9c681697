import { z } from 'zod';
import { isDnsLabel, type Namespace } from '../core/index.ts';
import { labelsSchema, portSchema, serviceKeySchema, weightSchema } from '../registry/index.ts';
import { decisionsSchema } from './decision-message.ts';
import { SIDECAR_LIMITS } from './limits.ts';

/** What a sidecar says to its node over `workload.sock`. */

const namespaceSchema = z
  .string()
  .refine(isDnsLabel, 'not a namespace: a DNS label')
  .transform((text) => text as Namespace); // a DNS label, by the line above

const INSTANCE = /^[a-z0-9-]{8,64}$/;
const INSTANCE_FORM = 'not 8 to 64 of a-z, 0-9 and -';

/** What is later cannot be written as a date (ECMA-262 section 21.4.1.1). */
const LAST_INSTANT_MS = 8.64e15;

/**
 * Why what came is not what was meant: a delta is missing or came twice, the digest is that of another snapshot, or
 * the change cannot be one of what is there.
 */
const STREAM_FAULTS = ['gap', 'digest', 'unfit'] as const;

const helloSchema = z.object({
  type: z.literal('hello'),
  protocolVersion: z.int(),
  /** A random id of this process: the key of its endpoint's record. */
  instance: z.string().regex(INSTANCE, INSTANCE_FORM),
  namespace: namespaceSchema,
  /** Asked for, not claimed: attestation decides. Without it the only registration that matches does. */
  serviceAccount: z.string().refine(isDnsLabel, 'not a service account: a DNS label').optional(),
  serves: z
    .object({
      service: serviceKeySchema,
      labels: labelsSchema,
      /** Left out by older ones. */
      weight: weightSchema.optional(),
    })
    .optional(),
  upstreams: z.array(serviceKeySchema).max(SIDECAR_LIMITS.upstreams).readonly(),
  /** Those of them that its application calls by name. */
  named: z.array(serviceKeySchema).max(SIDECAR_LIMITS.upstreams).readonly().optional(),
  /** The same for all sidecars of one workload, one after the other or at once; left out by older ones. */
  run: z.string().regex(INSTANCE, INSTANCE_FORM).optional(),
  /** Its application meets it in a network namespace of its own, where nobody else is. */
  isolated: z.boolean().optional(),
  /** It follows deltas, and spells a snapshot as this version of the digest does; left out by older ones. */
  deltaVersion: z.int().optional(),
  /** It was welcomed before: an upstream that is not there is gone since then, and no slip of the pen. */
  resumed: z.boolean().optional(),
  /** Of the SVID that it goes on with, milliseconds since 1970: for people alone. */
  svidEndsAt: z.int().nonnegative().max(LAST_INSTANT_MS).optional(),
});

export const sidecarMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  /** Wants a certificate for the key that signed this PKCS #10 request. */
  z.object({ type: z.literal('csr'), der: z.base64().max(SIDECAR_LIMITS.csrLength) }),
  /** Its inbound listener's port, and whether the application behind it listens. */
  z.object({
    type: z.literal('endpoint'),
    port: portSchema,
    ready: z.boolean(),
    /** It takes nothing new, finishes what is open, and ends; not ready then. */
    draining: z.boolean().optional(),
  }),
  /** Which trust set's policies decide now; `problem`: why newer ones do not, in words. */
  z.object({
    type: z.literal('enforces'),
    trustVersion: z.int().nonnegative(),
    /** Of that trust set, to be compared with what is in force; left out by older ones, and before the first. */
    trustDigest: z.string().max(SIDECAR_LIMITS.digestLength).optional(),
    problem: z.string().max(SIDECAR_LIMITS.problemLength).optional(),
    /** Processes that carry its bytes, where it has more than its own: those that do now, and all. */
    workers: z.object({ serving: z.int().nonnegative(), wanted: z.int().positive() }).optional(),
  }),
  /** Wants the whole snapshot: what it was told does not fit what it has. */
  z.object({ type: z.literal('snapshot-request'), fault: z.enum(STREAM_FAULTS) }),
  /** The endpoint is gone. */
  z.object({ type: z.literal('withdraw') }),
  decisionsSchema,
  /** It met a token of a key that it does not know: the node may look whether its issuer has newer ones. */
  z.object({ type: z.literal('key-unknown') }),
  /** The answer to `metrics-request`: prom-client's JSON, for telemetry to check. */
  z.object({ type: z.literal('metrics'), metrics: z.unknown() }),
]);

export type SidecarMessage = z.output<typeof sidecarMessageSchema>;
export type Hello = Extract<SidecarMessage, { type: 'hello' }>;
export type StreamFault = (typeof STREAM_FAULTS)[number];
