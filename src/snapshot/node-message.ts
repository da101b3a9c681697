import { z } from 'zod';
import { parseTrustDomain, SERVICE_PROTOCOLS, type TrustDomain } from '../core/index.ts';
import { type PublicJwk, parsePublicJwk } from '../crypto/index.ts';
import type { DecisionProgram } from '../policy/index.ts';
import {
  ipAddressSchema,
  nodeNameSchema,
  portSchema,
  serviceKeySchema,
  spiffeIdSchema,
} from '../registry/index.ts';
import type { Snapshot } from './snapshot.ts';

/** What a node says to a sidecar over `workload.sock`. */

export const trustDomainSchema = z
  .string()
  .refine((text) => parseTrustDomain(text).ok, 'not a trust domain')
  .transform((text) => text as TrustDomain); // parsed by the line above

/** More than a trust repository can hold. */
const MAX_POLICY_PARTS = 1_024;

const timeoutMs = z.number().positive();

const endpointSchema = z.object({
  id: z.string(),
  node: nodeNameSchema,
  address: z.string(),
  port: z.int(),
  labels: z.record(z.string(), z.string()),
});

const serviceSchema = z.object({
  key: serviceKeySchema,
  protocol: z.enum(SERVICE_PROTOCOLS),
  identities: z.array(spiffeIdSchema).readonly(),
  connectTimeoutMs: timeoutMs,
  requestTimeoutMs: timeoutMs,
  endpoints: z.array(endpointSchema).readonly(),
  virtual: z.object({ address: ipAddressSchema, port: portSchema }).exactOptional(),
});

const authenticationSchema = z.object({
  name: z.string(),
  issuer: z.string(),
  audiences: z.array(z.string()).readonly(),
  keys: z.array(z.custom<PublicJwk>((key) => parsePublicJwk(key).ok, 'no public key')).readonly(),
  groupsClaim: z.string(),
  claims: z.array(z.string()).readonly(),
});

const snapshotSchema = z.object({
  trustDomain: trustDomainSchema,
  node: nodeNameSchema,
  trustVersion: z.int(),
  trustDigest: z.string(),
  bundle: z.array(z.string()).readonly(),
  services: z.array(serviceSchema).readonly(),
  policyDigest: z.string(),
  policyHeaders: z.array(z.string()).readonly(),
  risks: z.record(spiffeIdSchema, z.int().min(0).max(100)).readonly().exactOptional(),
  locality: z.string().exactOptional(),
  authentications: z.array(authenticationSchema).readonly(),
}) satisfies z.ZodType<Snapshot>;

/** A part of the policies that later snapshots name. What the program says is judged by who links it. */
export const policiesSchema = z.object({
  type: z.literal('policies'),
  digest: z.string(),
  part: z.int().nonnegative(),
  parts: z.int().min(1).max(MAX_POLICY_PARTS),
  program: z.custom<DecisionProgram>((value) => typeof value === 'object' && value !== null),
});

/** The whole view, at once after `welcome` and on every change. */
export const snapshotMessageSchema = z.object({
  type: z.literal('snapshot'),
  snapshot: snapshotSchema,
});

export const nodeMessageSchema = z.discriminatedUnion('type', [
  /** The caller is attested: who it is, and at which address its inbound listener is to listen. */
  z.object({
    type: z.literal('welcome'),
    spiffeId: spiffeIdSchema,
    trustDomain: trustDomainSchema,
    node: nodeNameSchema,
    inboundAddress: z.string(),
  }),
  /** The last message before the node closes. */
  z.object({
    type: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
  }),
  /** The certificate that was asked for, leaf first, and when it ends (milliseconds since 1970). */
  z.object({
    type: z.literal('svid'),
    chainPem: z.array(z.string()).min(1),
    expiresAt: z.number(),
  }),
  policiesSchema,
  snapshotMessageSchema,
  /** Wants the sidecar's metrics. */
  z.object({ type: z.literal('metrics-request') }),
]);

export type NodeMessage = z.output<typeof nodeMessageSchema>;
