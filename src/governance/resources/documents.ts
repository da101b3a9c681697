import { z } from 'zod';
import { isDnsLabel, parseDuration, SERVICE_PROTOCOLS } from '../../core/index.ts';
import { WHEN_STALE } from '../trust-set.ts';
import { API_VERSION } from './resource.ts';

/**
 * The shapes of resources as documents, in a person's YAML and in a target's JSON alike. Every
 * message says what to write: the place and the offending value are put in front of it by
 * document-problems.ts.
 */

const DURATION = 'write a number and a unit: 250ms, 30s, 5m, 1h, 7d';
const LABEL =
  "write 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit (a DNS label)";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A duration between two bounds, in milliseconds; both bounds in its message. */
const duration = (bounds: { min: number; max: number; range: string }) =>
  z.string(DURATION).transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed.ok && parsed.value >= bounds.min && parsed.value <= bounds.max) return parsed.value;
    const message = parsed.ok ? `write a duration from ${bounds.range}` : DURATION;
    context.addIssue({ code: 'custom', message, input: text });
    return z.NEVER;
  });

const label = z.string(LABEL).refine(isDnsLabel, LABEL);
const CALLERS_PORT = 'write a port from 1 to 65535';
const PROTOCOL = `write one of ${SERVICE_PROTOCOLS.join(', ')}`;
const apiVersion = z.literal(API_VERSION, `write ${API_VERSION}`);
const object = 'write a block of fields';

const metadata = z.strictObject({ name: label, namespace: label.optional() }, object);

const timeout = duration({ min: 1, max: DAY_MS, range: '1ms to 1d' });

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
          .strictObject({ connect: timeout.optional(), request: timeout.optional() }, object)
          .optional(),
      },
      object,
    )
    .readonly(),
});

const UID = 'write a numeric user id, or node for the user that the node runs as';
const MAX_UID = 2 ** 32 - 2; // uid_t has 32 bits, and its last value means "no user"

const EXECUTABLE = 'write the absolute path of a program, such as /usr/bin/python3.11';

export const registrationDocument = z.strictObject({
  apiVersion,
  kind: z.literal('Registration'),
  metadata,
  spec: z.strictObject(
    {
      serviceAccount: label.optional(),
      nodes: z
        .array(label, 'write a list of node names')
        .min(1, 'list the nodes, or leave the field out for any node')
        .max(1_000, 'list at most 1000 nodes')
        .optional(),
      selectors: z.strictObject(
        {
          uid: z.union([z.literal('node'), z.int().min(0).max(MAX_UID)], UID),
          executable: z
            .string(EXECUTABLE)
            .regex(/^\/[^\0]+$/, EXECUTABLE)
            .max(4_096, EXECUTABLE)
            .optional(),
        },
        'write a block with the field uid',
      ),
    },
    'write a block with the field selectors',
  ),
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

const claimName = z.string(CLAIM).min(1, CLAIM).max(128, CLAIM);

export const authenticationDocument = z.strictObject({
  apiVersion,
  kind: z.literal('RequestAuthentication'),
  metadata: z.strictObject({ name: label }, object),
  spec: z.strictObject(
    {
      // A user is named `<issuer>|<subject>`: without the bar in the first, no two have one name.
      issuer: z.string(ISSUER).regex(/^[^\s|\p{Cc}]{1,512}$/u, ISSUER),
      audiences: z
        .array(z.string(AUDIENCE).min(1, AUDIENCE).max(512, AUDIENCE), 'write a list of audiences')
        .min(1, 'list at least one audience: a token for somebody else must not be good here')
        .max(MAX_AUDIENCES, `list at most ${MAX_AUDIENCES} audiences`),
      // RFC 7517 section 5: what else stands in a key set is not looked at.
      jwks: z.object(
        {
          keys: z
            .array(z.unknown(), "write a list of the issuer's public keys")
            .min(1, "list the issuer's public keys")
            .max(MAX_ISSUER_KEYS, `list at most ${MAX_ISSUER_KEYS} keys`),
        },
        'write a JSON Web Key Set: a block with the field keys',
      ),
      groupsClaim: claimName.optional(),
      claims: z
        .array(claimName, 'write a list of claims')
        .max(MAX_CLAIMS, `list at most ${MAX_CLAIMS} claims`)
        .optional(),
    },
    object,
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
    .strictObject({ name: z.literal('mesh', 'write mesh: a mesh has one') }, object)
    .optional(),
  spec: z.strictObject(
    {
      trustDomain: z.string('write the trust domain, or leave the field out').optional(),
      svidLife: duration({ min: 10_000, max: 7 * DAY_MS, range: '10s to 7d' }).optional(),
      credentialLife: duration({ min: 10_000, max: 90 * DAY_MS, range: '10s to 90d' }).optional(),
      maxStaleness: duration(STALENESS).optional(),
      whenStale: z.enum(WHEN_STALE, `write one of ${WHEN_STALE.join(', ')}`).optional(),
      policyHeaders: z
        .array(policyHeader, 'write a list of header names')
        .max(MAX_POLICY_HEADERS, `list at most ${MAX_POLICY_HEADERS} headers`)
        .optional(),
    },
    object,
  ),
});

const MAX_CERTIFICATE_CHARS = 8_192; // a P-256 CA certificate in PEM has about 700

export const authorityDocument = z.strictObject({
  apiVersion,
  kind: z.literal('Authority'),
  metadata: z.strictObject({ name: label }, object),
  spec: z.strictObject(
    {
      certificatePem: z
        .string()
        .max(MAX_CERTIFICATE_CHARS)
        .startsWith('-----BEGIN CERTIFICATE-----'),
      onlineKey: z.string().regex(/^[0-9a-f]{64}$/, 'write 32 bytes in lower-case hex'),
    },
    object,
  ),
});

export type ServiceDocument = z.output<typeof serviceDocument>;
export type RegistrationDocument = z.output<typeof registrationDocument>;
export type AuthenticationDocument = z.output<typeof authenticationDocument>;
export type SettingsDocument = z.output<typeof settingsDocument>;
export type AuthorityDocument = z.output<typeof authorityDocument>;
