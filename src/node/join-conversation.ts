import { z } from 'zod';
import { encodeFrame } from '../core/index.ts';
import { MAX_ENTERPRISE_CHAIN, sha256 } from '../crypto/index.ts';
import { knownPeerSchema, MAX_KNOWN_PEERS } from './known-peers.ts';

/**
 * What a joining node and the authority of its token say to each other, over TLS 1.3: the authority
 * begins and proves which key it has; only then does the joiner show what lets it in.
 *
 *     authority → { hello }   its CA certificate, its clock, a nonce
 *     joiner    → { join }    the name it wants, its node key, and the secret of its token or its certificate
 *     authority → { joined }  the membership credential and the trust repository, or { refused }
 */
/** A chain of {@link MAX_ENTERPRISE_CHAIN} certificates in base64, with room for the rest. */
export const MAX_JOIN_REQUEST_BYTES = 64 * 1024;
/** The largest trust repository that an update may carry, in base64, with room for the rest. */
export const MAX_JOIN_ANSWER_BYTES = 16 * 1024 * 1024;

const base64 = z.base64();

export const helloSchema = z.object({
  kind: z.literal('hello'),
  /** The authority's CA certificate: the token names its key. */
  certificatePem: z.string(),
  /** Its clock, milliseconds since 1970. */
  now: z.number(),
  nonce: base64,
});

export const joinSchema = z.object({
  kind: z.literal('join'),
  node: z.string(),
  /** Raw Ed25519 key, 32 bytes. */
  nodeKey: base64,
  /** Signature of the node key over the challenge: proof that the joiner has it. */
  proof: base64,
  evidence: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('token'), secret: base64 }),
    z.object({
      kind: z.literal('x509pop'),
      chain: z.array(base64).max(MAX_ENTERPRISE_CHAIN),
      signature: base64,
    }),
  ]),
});

export const NONCE_BYTES = 32;

/**
 * What a joiner signs: nobody can use it in another conversation, on another connection, for another name or key.
 * All but the last part have one length.
 */
export const challengeOf = (parts: {
  readonly nonce: Uint8Array;
  /** Of the TLS connection. */
  readonly binding: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly node: string;
}): Uint8Array =>
  sha256(
    Buffer.concat([
      parts.nonce,
      parts.binding,
      parts.nodeKey,
      new TextEncoder().encode(parts.node),
    ]),
  );

export const answerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('joined'),
    credential: base64,
    trust: base64,
    /** Whom to dial first. */
    peers: z.array(knownPeerSchema).max(MAX_KNOWN_PEERS),
  }),
  z.object({
    kind: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    remedy: z.string(),
  }),
]);

export type Hello = z.output<typeof helloSchema>;
export type Join = z.output<typeof joinSchema>;
export type JoinAnswer = z.output<typeof answerSchema>;

export const encodeJoinMessage = (message: Hello | Join | JoinAnswer): Uint8Array =>
  encodeFrame(new TextEncoder().encode(JSON.stringify(message)));

/** Undefined when the bytes are no message of that form. */
export function decodeJoinMessage<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
): z.output<Schema> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // not JSON
    throw error;
  }
}
