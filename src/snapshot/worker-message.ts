import { z } from 'zod';
import { portSchema, serviceKeySchema, spiffeIdSchema } from '../registry/index.ts';
import { decisionsSchema } from './decision-message.ts';
import { SIDECAR_LIMITS } from './limits.ts';
import {
  deltaOrderSchema,
  policiesSchema,
  snapshotMessageSchema,
  trustDomainSchema,
} from './node-message.ts';

/**
 * What a sidecar and one of its workers say to each other, on a channel that nobody else has. The sidecar gives
 * one order at a time and waits for `done`; it may ask for metrics and tell the worker to drain meanwhile.
 */

const placeSchema = z.object({ host: z.string(), port: portSchema });

/** A port of the sidecar, and what stands behind it: `target` is where the application listens. */
const doorSchema = z.discriminatedUnion('direction', [
  placeSchema.extend({ direction: z.literal('outbound'), service: serviceKeySchema }),
  placeSchema.extend({
    direction: z.enum(['inbound', 'hbone']),
    service: serviceKeySchema,
    target: placeSchema,
  }),
  placeSchema.extend({
    direction: z.literal('captured-outbound'),
    passthrough: z.enum(['deny', 'allow']),
  }),
  placeSchema.extend({
    direction: z.literal('captured-inbound'),
    target: placeSchema,
    plainCallers: z.enum(['strict', 'permissive']),
  }),
]);

/** What is told to a person who cannot be served. */
const failureSchema = z.object({ code: z.string(), message: z.string(), remedy: z.string() });

export const workerOrderSchema = z.discriminatedUnion('type', [
  /** The first order. */
  z.object({ type: z.literal('begin'), trustDomain: trustDomainSchema }),
  /** Certificate chain and key, PEM. */
  z.object({
    type: z.literal('identity'),
    identity: z.object({
      spiffeId: spiffeIdSchema,
      certificateChainPem: z.string(),
      privateKeyPem: z.string(),
      notAfterMs: z.number(),
    }),
  }),
  policiesSchema,
  snapshotMessageSchema,
  deltaOrderSchema,
  z.object({ type: z.literal('open'), door: doorSchema }),
  /** Whether something listens there is told by `listening`. */
  z.object({ type: z.literal('watch'), target: placeSchema }),
  /** Is it still there? */
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('metrics-request') }),
  /** Accepts no more; `drained` follows. */
  z.object({
    type: z.literal('drain'),
    limitMs: z.number().nonnegative(),
    patienceMs: z.number().nonnegative(),
  }),
]);

export const workerReportSchema = z.discriminatedUnion('type', [
  /** The last order was followed, or why not. */
  z.object({ type: z.literal('done'), failure: failureSchema.exactOptional() }),
  /** A snapshot is in use; see the sidecar's `enforces`. */
  z.object({
    type: z.literal('enforced'),
    trustVersion: z.int().nonnegative(),
    trustDigest: z.string().max(SIDECAR_LIMITS.digestLength).exactOptional(),
    problem: z.string().max(SIDECAR_LIMITS.problemLength).exactOptional(),
  }),
  z.object({ type: z.literal('listening'), isListening: z.boolean() }),
  z.object({ type: z.literal('metrics'), metrics: z.unknown() }),
  decisionsSchema,
  /** See the sidecar's. */
  z.object({ type: z.literal('key-unknown') }),
  z.object({ type: z.literal('drained') }),
]);

export type Place = z.output<typeof placeSchema>;
export type Door = z.output<typeof doorSchema>;
export type WorkerOrder = z.output<typeof workerOrderSchema>;
export type WorkerReport = z.output<typeof workerReportSchema>;
