import { z } from 'zod';
import { SERVICE_PROTOCOLS } from '../../core/index.ts';
import { WHEN_STALE } from '../trust-set.ts';
import { apiVersion, BLOCK, DAY_MS, duration, meshMetadata, metadata } from './document-fields.ts';

/**
 * The shapes of resources as documents, in a person's YAML and in a target's JSON alike; those that say
 * who is who stand in identity-documents.ts.
 */

const MINUTE_MS = 60_000;
const timeout = duration({ min: 1, max: DAY_MS, range: '1ms to 1d' });
const CALLERS_PORT = 'write a port from 1 to 65535';
const PROTOCOL = `write one of ${SERVICE_PROTOCOLS.join(', ')}`;

export const serviceDocument = z.strictObject({
  apiVersion,
  kind: z.literal('Service'),
  metadata,
  spec: z
    .strictObject(
      {
        protocol: z.enum(SERVICE_PROTOCOLS, PROTOCOL),
        port: z.int(CALLERS_PORT).min(1, CALLERS_PORT).max(65_535, CALLERS_PORT).optional(),
        identities: z
          .array(z.string('write a SPIFFE ID'), 'write a list of SPIFFE IDs')
          .min(1, 'list the SPIFFE IDs that may serve it, or leave the field out for the default')
          .max(100, 'list at most 100 SPIFFE IDs')
          .optional(),
        timeouts: z
          .strictObject({ connect: timeout.optional(), request: timeout.optional() }, BLOCK)
          .optional(),
      },
      BLOCK,
    )
    .readonly(),
});

const ISSUER =
  "write the issuer as its tokens have it in iss, such as https://login.example.com; without '|'";
const AUDIENCE = 'write an audience as tokens have it in aud, of 1 to 512 characters';
const CLAIM = 'write the name of a claim, of 1 to 128 characters';
/** Each is compared with every token, and sent to every sidecar. */
const MAX_ISSUER_KEYS = 32;
/** Each is compared with those of every token. */
const MAX_AUDIENCES = 32;
/** Each becomes a tag of the user that a policy is asked about. */
const MAX_CLAIMS = 32;

/** Characters: as many as servers and proxies on the way take for certain. */
const MAX_URI_CHARS = 2_048;
/** Characters: it stands in every token, and is an audience itself. */
const MAX_ISSUER_CHARS = 512;
const JWKS =
  'write a block with one of keys, a JSON Web Key Set, uri, where it is published, or mesh: true, for the tokens of this mesh';
const JWKS_URI = 'write the https address of the key set, without user, password and fragment';
const TOKEN_ISSUER =
  'write the https address where the mesh publishes its token keys, without a slash at the end, query and fragment';

function isHttpsUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.username + url.password + url.hash === '';
}

const isThere = (value: unknown): boolean => value !== undefined;

/** OpenID Connect Discovery section 3: it is compared character by character, and paths are added to it. */
const isIssuerUrl = (text: string): boolean =>
  isHttpsUrl(text) && !text.includes('?') && !text.includes('|') && !text.endsWith('/');

const claimName = z.string(CLAIM).min(1, CLAIM).max(128, CLAIM);

export const authenticationDocument = z.strictObject({
  apiVersion,
  kind: z.literal('RequestAuthentication'),
  metadata: meshMetadata,
  spec: z.strictObject(
    {
      // A user is named `<issuer>|<subject>`: without the bar in the first, no two have one name.
      issuer: z.string(ISSUER).regex(/^[^\s|\p{Cc}]{1,512}$/u, ISSUER),
      audiences: z
        .array(z.string(AUDIENCE).min(1, AUDIENCE).max(512, AUDIENCE), 'write a list of audiences')
        .min(1, 'list at least one audience: a token for somebody else must not be good here')
        .max(MAX_AUDIENCES, `list at most ${MAX_AUDIENCES} audiences`),
      // RFC 7517 section 5: what else stands in a key set is not looked at.
      jwks: z
        .object(
          {
            keys: z
              .array(z.unknown(), "write a list of the issuer's public keys")
              .min(1, "list the issuer's public keys")
              .max(MAX_ISSUER_KEYS, `list at most ${MAX_ISSUER_KEYS} keys`)
              .optional(),
            uri: z
              .string(JWKS_URI)
              .max(MAX_URI_CHARS, JWKS_URI)
              .refine(isHttpsUrl, JWKS_URI)
              .optional(),
            mesh: z.literal(true, JWKS).optional(),
          },
          JWKS,
        )
        .refine(({ keys, uri, mesh }) => [keys, uri, mesh].filter(isThere).length === 1, JWKS),
      groupsClaim: claimName.optional(),
      claims: z
        .array(claimName, 'write a list of claims')
        .max(MAX_CLAIMS, `list at most ${MAX_CLAIMS} claims`)
        .optional(),
    },
    BLOCK,
  ),
});

/** Each is looked for in every request. */
const MAX_POLICY_HEADERS = 16;
const HEADER = 'write the name of a header in lower case, such as x-tenant';
/** They hold secrets, are the mesh's own, or are in the context under another name. */
const UNREADABLE_HEADERS =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|host|x-selvage-.*)$/;

const policyHeader = z
  .string(HEADER)
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, HEADER)
  .refine((name) => !UNREADABLE_HEADERS.test(name), {
    message: 'name another header: policies cannot read secrets, host, or what the mesh sets',
  });

/** Authorities renew at half of it, and look every five minutes: less would be stale by their pace alone. */
const STALENESS = { min: 10 * MINUTE_MS, max: 30 * DAY_MS, range: '10m to 30d' };

export const settingsDocument = z.strictObject({
  apiVersion,
  kind: z.literal('MeshSettings'),
  metadata: z
    .strictObject({ name: z.literal('mesh', 'write mesh: a mesh has one') }, BLOCK)
    .optional(),
  spec: z.strictObject(
    {
      trustDomain: z.string('write the trust domain, or leave the field out').optional(),
      svidLife: duration({ min: 10_000, max: 7 * DAY_MS, range: '10s to 7d' }).optional(),
      credentialLife: duration({ min: 10_000, max: 90 * DAY_MS, range: '10s to 90d' }).optional(),
      maxStaleness: duration(STALENESS).optional(),
      tokenIssuer: z
        .string(TOKEN_ISSUER)
        .max(MAX_ISSUER_CHARS, TOKEN_ISSUER)
        .refine(isIssuerUrl, TOKEN_ISSUER)
        .optional(),
      whenStale: z.enum(WHEN_STALE, `write one of ${WHEN_STALE.join(', ')}`).optional(),
      policyHeaders: z
        .array(policyHeader, 'write a list of header names')
        .max(MAX_POLICY_HEADERS, `list at most ${MAX_POLICY_HEADERS} headers`)
        .optional(),
    },
    BLOCK,
  ),
});

export type ServiceDocument = z.output<typeof serviceDocument>;
export type AuthenticationDocument = z.output<typeof authenticationDocument>;
export type SettingsDocument = z.output<typeof settingsDocument>;
