import { z } from 'zod';

/** What a person asks of a node. Texts are bounded here; what they mean is checked by the node. */

const MAX_NAME_CHARACTERS = 256;
const MAX_PATH_CHARACTERS = 8 * 1024;
const name = z.string().min(1).max(MAX_NAME_CHARACTERS);

export const createTokenSchema = z.object({
  lifeMs: z.int().positive(),
  /** Only a node of this name may use it. */
  nodeName: name.optional(),
  /** Whoever uses it may run there only. */
  locality: name.optional(),
});
export const createdTokenSchema = z.object({
  token: z.string(),
  expiresAt: z.iso.datetime(),
  /** Where the new node will reach this one, `host:port`. */
  joinAddress: z.string(),
});

export const createdInvitationSchema = z.object({
  invitation: z.string(),
  /** Where new nodes will reach this one, `host:port`. */
  joinAddress: z.string(),
});

/** A user of a question: what a policy may ask of one, as a token would say it. */
const userSchema = z.object({
  issuer: name,
  subject: name,
  groups: z.array(name).max(256),
  claims: z.record(name, z.string().max(MAX_PATH_CHARACTERS)),
});

export const explainSchema = z.object({
  /** A service account (`client`, `client.shop`) or a SPIFFE ID. */
  from: name,
  /** A service (`web`, `web.shop`). */
  to: name,
  method: z.string().max(32).optional(),
  path: z.string().max(MAX_PATH_CHARACTERS).optional(),
  host: z.string().max(MAX_NAME_CHARACTERS).optional(),
  sourceIp: z.string().max(64).optional(),
  /** Of the headers that the settings name. */
  headers: z.record(name, z.string().max(MAX_PATH_CHARACTERS)).optional(),
  user: userSchema.optional(),
  risk: z.int().min(0).max(100).optional(),
  /** RFC 3339; now when left out. */
  time: z.iso.datetime({ offset: true }).optional(),
  /** The service's own. */
  port: z.int().min(1).max(65_535).optional(),
  locality: name.optional(),
});

/** Where a policy stands, and since which version of the trust repository. */
const placedPolicy = z.object({
  id: z.string(),
  file: z.string(),
  line: z.int(),
  since: z.string().optional(),
});

export const explanationSchema = z.object({
  allowed: z.boolean(),
  /** The question as the policies saw it. */
  asked: z.object({
    principal: z.string(),
    action: z.string(),
    resource: z.string(),
    context: z.record(z.string(), z.string()),
  }),
  /** The permits of an allow, the forbids of a denial; empty when nothing permitted. */
  deciding: z.array(placedPolicy).readonly(),
  /** Policies in audit mode that, enforced, would have changed the decision. */
  audit: z.array(placedPolicy).readonly(),
  /** Permits that are about this call, but whose conditions do not hold. */
  near: z.array(placedPolicy).readonly(),
  /** Policies that failed to evaluate and were skipped. */
  errors: z.array(z.string()).readonly(),
  /** That no registration gives the caller its name, with the one that may be meant. */
  callerProblem: z.string().optional(),
  /** For a denial: what would have permitted it, in words and policy text. */
  hint: z.string().optional(),
});

/** ES256, by its RFC 7638 thumbprint. */
const tokenKey = z.object({ kid: z.string(), x: z.string(), y: z.string() });

export const authorityCandidateRequestSchema = z.object({ node: name });
/** What a node published of the CA that it made for itself. */
export const authorityCandidateSchema = z.object({
  node: z.string(),
  certificatePem: z.string(),
  /** Raw Ed25519 public key, hex. */
  onlineKey: z.string(),
  /** Of the key for tokens; a node of an older version says none. */
  tokenKey: tokenKey.optional(),
});
/** What the asked node signs with next, once that is in force. */
export const nextKeysSchema = z.object({
  node: z.string(),
  certificatePem: z.string(),
  /** Asks an enterprise PKI for a certificate of the same key. */
  csrPem: z.string(),
  tokenKey,
});

export type NextKeys = z.output<typeof nextKeysSchema>;
export type Explain = z.output<typeof explainSchema>;
export type ExplanationView = z.output<typeof explanationSchema>;
