import { z } from 'zod';
import {
  err,
  type Namespace,
  type NodeName,
  parseNamespace,
  parseNodeName,
  parseServiceKey,
  parseSpiffeId,
  type Result,
  type ServiceKey,
  type SpiffeId,
} from '../core/index.ts';

/**
 * What nodes say of themselves. A record's signature proves who said it, not that it is sensible: every
 * text has a bound and a form. Unknown fields are dropped, so that a newer node may say more.
 */

const MAX_LABELS = 32;
/** Multiaddrs of one node: a few per interface. */
const MAX_ADDRESSES = 32;
/** Characters of a PEM certificate: a P-256 CA has about 800. */
const MAX_CERTIFICATE_LENGTH = 8_192;
const MAX_SPIFFE_ID_LENGTH = 2_048;
/** Characters in which a node says why it lags; one says at most 256. */
const MAX_LAG_LENGTH = 512;

/** Text that one of core's parsers accepts, and its narrower type. */
const parsedBy = <T>(parse: (text: string) => Result<T, string>, maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .transform((text, context): T => {
      const parsed = parse(text);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.error });
      return z.NEVER;
    });

const label = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/);

/** `key: value` pairs by which endpoints of one service are told apart, such as `version: v2`. */
export const labelsSchema = z
  .record(label, label)
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`);

export const serviceKeySchema = parsedBy<ServiceKey>(
  // In messages and records a service has one spelling only.
  (text) =>
    text.includes('/')
      ? parseServiceKey(text)
      : err(`'${text}' lacks its namespace: write <namespace>/<service>`),
  128,
);
export const spiffeIdSchema = parsedBy<SpiffeId>(parseSpiffeId, MAX_SPIFFE_ID_LENGTH);
export const namespaceSchema = parsedBy<Namespace>(parseNamespace, 63);
export const nodeNameSchema = parsedBy<NodeName>(parseNodeName, 63);
export const portSchema = z.int().min(1).max(65_535);
/** An address literal; no name, so that reading a record never asks a resolver. */
export const ipAddressSchema = z.union([z.ipv4(), z.ipv6()], 'not an IP address');

/** Where something runs, the larger part first: `<region>/<zone>`. */
export const localitySchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/, 'not letters, digits and . _ - /, at most 128');

/** What an endpoint that says nothing of its weight has. */
export const DEFAULT_WEIGHT = 100;
const MAX_WEIGHT = 1_000;
/** An endpoint's share of its service's traffic, beside the weights of the others. */
export const weightSchema = z.int().min(1).max(MAX_WEIGHT);

/** The value of an `endpoint` record: what a node says about one workload that it hosts. */
export const endpointClaimSchema = z.object({
  service: serviceKeySchema,
  spiffeId: spiffeIdSchema,
  /** Where its sidecar accepts mutual TLS. */
  address: ipAddressSchema,
  port: portSchema,
  /** The application listens and the sidecar serves; false while it drains, for members that know no draining. */
  ready: z.boolean(),
  draining: z.boolean().default(false),
  labels: labelsSchema,
  weight: weightSchema.default(DEFAULT_WEIGHT),
  locality: localitySchema.exactOptional(),
});
export type EndpointClaim = Readonly<z.output<typeof endpointClaimSchema>>;

/** 32 bytes, lower case. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hex');
/** 32 bytes. */
const keyPart = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not 32 bytes in base64url');

/** The value of a `node` record: what a node says of itself. */
export const nodeClaimSchema = z.object({
  name: nodeNameSchema,
  /** Where peers reach it, multiaddrs without the peer id. */
  addresses: z
    .array(z.string().regex(/^\/[\x21-\x7e]{1,255}$/, 'not a multiaddr'))
    .max(MAX_ADDRESSES)
    .readonly(),
  /** The address that its sidecars are reached at. */
  listenHost: ipAddressSchema,
  /** Its own CA, which is in force only once the trust repository names it. */
  authority: z
    .object({
      certificatePem: z.string().max(MAX_CERTIFICATE_LENGTH),
      /** Raw Ed25519 public key, hex. */
      onlineKey: z.string().regex(/^[0-9a-f]{64}$/, 'not an Ed25519 key in hex'),
      /** For JWT-SVIDs, P-256; left out by older ones. */
      tokenKey: z.object({ kid: keyPart, x: keyPart, y: keyPart }).exactOptional(),
    })
    .optional(),
  /** The last trust set that it and all its sidecars took up. */
  enforces: z.object({
    version: z.int().min(0),
    digest: sha256Schema,
    /** Versions of root and snapshot, by which whole sets are ordered; left out by older ones. */
    root: z.int().min(0).exactOptional(),
    revision: z.int().min(0).exactOptional(),
    /** When the last of them did, milliseconds since 1970 by its own clock; left out when it began with it. */
    since: z.int().min(0).exactOptional(),
  }),
  /** Why not all of them decide by what is in force at it, in words; left out when they do. */
  lag: z.string().max(MAX_LAG_LENGTH).exactOptional(),
  /** Since when it has heard of no authority for longer than it may, milliseconds since 1970 by its own clock. */
  staleSince: z.int().min(0).exactOptional(),
  /** Of the program. */
  version: z.string().regex(/^[\x21-\x7e]{1,64}$/),
  /** Its last word: it was stopped, so that it is missed by nobody who starts while it is away. */
  leaving: z.literal(true).exactOptional(),
});
export type NodeClaim = z.output<typeof nodeClaimSchema>;

/** Enough to mend it by; what made thousands of mistakes is told of the first few. */
const MAX_ISSUES = 5;

/** What is wrong with data from outside, in one bounded line: `port: too big; labels.x: …`. */
export function issuesInWords({ issues }: z.ZodError): string {
  const words = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  const more = issues.length - words.length;
  return [...words, ...(more > 0 ? [`and ${more} more`] : [])].join('; ').slice(0, 1_000);
}
