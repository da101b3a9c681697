import { z } from 'zod';

/** What a person asks of a node. Texts are bounded here; what they mean is checked by the node. */

const MAX_NAME_CHARACTERS = 256;
const MAX_PATH_CHARACTERS = 8 * 1024;
const name = z.string().min(1).max(MAX_NAME_CHARACTERS);

export const createTokenSchema = z.object({
  lifeMs: z.int().positive(),
  /** Only a node of this name may use it. */
  nodeName: name.optional(),
});
export const createdTokenSchema = z.object({
  token: z.string(),
  expiresAt: z.iso.datetime(),
  /** Where the new node will reach this one, `host:port`. */
  joinAddress: z.string(),
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
  deciding: z.array(z.object({ id: z.string(), file: z.string(), line: z.int() })).readonly(),
  /** Policies that failed to evaluate and were skipped. */
  errors: z.array(z.string()).readonly(),
  /** For a denial: what would have permitted it, in words and policy text. */
  hint: z.string().optional(),
});

export const authorityCandidateRequestSchema = z.object({ node: name });
/** What a node published of the CA that it made for itself. */
export const authorityCandidateSchema = z.object({
  node: z.string(),
  certificatePem: z.string(),
  /** Raw Ed25519 public key, hex. */
  onlineKey: z.string(),
});

export type CreateToken = z.output<typeof createTokenSchema>;
export type CreatedToken = z.output<typeof createdTokenSchema>;
export type Explain = z.output<typeof explainSchema>;
export type ExplanationView = z.output<typeof explanationSchema>;
export type AuthorityCandidate = z.output<typeof authorityCandidateSchema>;
