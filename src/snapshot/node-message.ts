import { z } from 'zod';
import { parseTrustDomain, SERVICE_PROTOCOLS, type TrustDomain } from '../core/index.ts';
import { isSerial, type PublicJwk, parsePublicJwk } from '../crypto/index.ts';
import type { DecisionProgram } from '../policy/index.ts';
import {
  ipAddressSchema,
  namespaceSchema,
  nodeNameSchema,
  portSchema,
  serviceKeySchema,
  sha256Schema,
  spiffeIdSchema,
} from '../registry/index.ts';
import type { Snapshot } from './snapshot.ts';
import type { SnapshotDelta } from './snapshot-delta.ts';

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

const endpointsSchema = z.array(endpointSchema).readonly();

const serviceHeadSchema = z.object({
  key: serviceKeySchema,
  protocol: z.enum(SERVICE_PROTOCOLS),
  identities: z.array(spiffeIdSchema).readonly(),
  connectTimeoutMs: timeoutMs,
  requestTimeoutMs: timeoutMs,
  virtual: z.object({ address: ipAddressSchema, port: portSchema }).exactOptional(),
});

const serviceSchema = serviceHeadSchema.extend({ endpoints: endpointsSchema });

const authenticationSchema = z.object({
  name: z.string(),
  issuer: z.string(),
  audiences: z.array(z.string()).readonly(),
  keys: z.array(z.custom<PublicJwk>((key) => parsePublicJwk(key).ok, 'no public key')).readonly(),
  jwksUri: z.string().exactOptional(),
  ofMesh: z.literal(true).exactOptional(),
  groupsClaim: z.string(),
  claims: z.array(z.string()).readonly(),
});

const headSchema = z.object({
  trustDomain: trustDomainSchema,
  node: nodeNameSchema,
  trustVersion: z.int(),
  trustDigest: z.string(),
  policyDigest: z.string(),
  policyHeaders: z.array(z.string()).readonly(),
  risks: z.record(spiffeIdSchema, z.int().min(0).max(100)).readonly().exactOptional(),
  locality: z.string().exactOptional(),
  denyFromMs: z.number().exactOptional(),
});

const bundleSchema = z
  .array(
    z.object({
      pem: z.string(),
      namespaces: z.union([z.literal('any'), z.array(namespaceSchema).readonly()]),
      untilMs: z.number().exactOptional(),
    }),
  )
  .readonly();
const instant = z.int().min(0);
const upTo = { beforeMs: instant, version: z.int().min(1).exactOptional() };
const revocationsSchema = z.object({
  all: z
    .array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('workload'), spiffeId: spiffeIdSchema, ...upTo }),
        z.object({ kind: z.literal('node'), node: nodeNameSchema, ...upTo }),
        z.object({ kind: z.literal('authority'), keySha256: sha256Schema }),
        z.object({ kind: z.literal('key'), keySha256: sha256Schema }),
      ]),
    )
    .readonly(),
  byAuthorities: z
    .array(
      z.object({
        authorityKeySha256: sha256Schema,
        what: z.union([
          z.object({ serial: z.string().refine(isSerial, 'no serial number in hex') }),
          z.object({ keySha256: sha256Schema }),
        ]),
        untilMs: instant,
      }),
    )
    .readonly(),
});
const authenticationsSchema = z.array(authenticationSchema).readonly();

const snapshotSchema = headSchema.extend({
  bundle: bundleSchema,
  revocations: revocationsSchema.exactOptional(),
  services: z.array(serviceSchema).readonly(),
  authentications: authenticationsSchema,
}) satisfies z.ZodType<Snapshot>;

const serviceChangesSchema = z.object({
  service: serviceKeySchema,
  put: endpointsSchema.exactOptional(),
  removed: z.array(z.string()).readonly().exactOptional(),
});

const deltaSchema = z.object({
  head: headSchema.exactOptional(),
  bundle: bundleSchema.exactOptional(),
  revocations: revocationsSchema.exactOptional(),
  authentications: authenticationsSchema.exactOptional(),
  gone: z.array(serviceKeySchema).readonly().exactOptional(),
  services: z.array(serviceHeadSchema).readonly().exactOptional(),
  endpoints: z.array(serviceChangesSchema).readonly().exactOptional(),
}) satisfies z.ZodType<SnapshotDelta>;

/** A part of the policies that later snapshots name. What the program says is judged by who links it. */
export const policiesSchema = z.object({
  type: z.literal('policies'),
  digest: z.string(),
  part: z.int().nonnegative(),
  parts: z.int().min(1).max(MAX_POLICY_PARTS),
  program: z.custom<DecisionProgram>((value) => typeof value === 'object' && value !== null),
});

/** The whole view: at once after `welcome`, and then to sidecars that follow no deltas, or asked for it. */
export const snapshotMessageSchema = z.object({
  type: z.literal('snapshot'),
  snapshot: snapshotSchema,
  /** Deltas count on from there; left out for sidecars that follow none. */
  state: z.object({ number: z.int().nonnegative(), digest: sha256Schema }).exactOptional(),
});

/** What a change makes of the view; `digest` is that of the snapshot afterwards. */
const deltaFields = { type: z.literal('delta'), delta: deltaSchema, digest: sha256Schema };

/** On `workload.sock`: of the state before it has the number before. */
const deltaMessageSchema = z.object({ ...deltaFields, number: z.int().nonnegative() });

/** From a sidecar to a worker, which has followed all that came before. */
export const deltaOrderSchema = z.object(deltaFields);

export const nodeMessageSchema = z.discriminatedUnion('type', [
  /** The caller is attested: who it is, and at which address its inbound listener is to listen. */
  z.object({
    type: z.literal('welcome'),
    spiffeId: spiffeIdSchema,
    trustDomain: trustDomainSchema,
    node: nodeNameSchema,
    inboundAddress: z.string(),
    /** It wants to be told of decisions; left out by older ones. */
    wantsDecisions: z.boolean().exactOptional(),
    /** Whether it fetches keys of issuers, and so wants to hear of those that are not known; left out by older ones. */
    fetchesKeys: z.boolean().exactOptional(),
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
  deltaMessageSchema,
  /** Wants the sidecar's metrics. */
  z.object({ type: z.literal('metrics-request') }),
]);

export type NodeMessage = z.output<typeof nodeMessageSchema>;
export type SnapshotMessage = z.output<typeof snapshotMessageSchema>;
export type DeltaMessage = z.output<typeof deltaMessageSchema>;
