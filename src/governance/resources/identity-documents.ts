import { z } from 'zod';
import { isDnsLabel } from '../../core/index.ts';
import { NODE_NAME_SOURCES } from '../../identity/index.ts';
import { apiVersion, BLOCK, instant, label, meshMetadata, metadata } from './document-fields.ts';

/** The shapes of resources that say who may be whom. */

const UID = 'write a numeric user id, or node for the user that the node runs as';
const MAX_UID = 2 ** 32 - 2; // uid_t has 32 bits, and its last value means "no user"

const GID = 'write a numeric group id';
const EXECUTABLE = 'write the absolute path of a program, such as /usr/bin/python3.11';

const CGROUP = 'write the path of a control group, such as /system.slice/shop.service';
const STARTED_BY_RUN = 'write true, or leave the field out';

const hex32 = (what: string) => {
  const message = `${what}: 64 digits of lower-case hex`;
  return z.string(message).regex(/^[0-9a-f]{64}$/, message);
};

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
          gid: z.int(GID).min(0, GID).max(MAX_UID, GID).exactOptional(),
          executable: z
            .string(EXECUTABLE)
            .regex(/^\/[^\0]+$/, EXECUTABLE)
            .max(4_096, EXECUTABLE)
            .exactOptional(),
          sha256: hex32('write the SHA-256 of the program (`sha256sum FILE`)').exactOptional(),
          cgroup: z
            .string(CGROUP)
            .regex(/^(?:\/[^/\0\n]+)+$/, CGROUP)
            .max(4_096, CGROUP)
            .exactOptional(),
          startedByRun: z.literal(true, STARTED_BY_RUN).exactOptional(),
        },
        'write a block with the field uid',
      ),
    },
    'write a block with the field selectors',
  ),
});

const PEM = 'write a certificate in PEM, beginning with -----BEGIN CERTIFICATE-----';
/** A P-256 CA certificate has some 700, one of an enterprise with an RSA key and many extensions a few thousand. */
const MAX_CERTIFICATE_CHARS = 16_384;
const pem = z
  .string(PEM)
  .max(MAX_CERTIFICATE_CHARS, `write a certificate of at most ${MAX_CERTIFICATE_CHARS} characters`)
  .startsWith('-----BEGIN CERTIFICATE-----', PEM);

/** One that signs, one that comes, one that goes, and one to spare. */
const MAX_CERTIFICATES = 4;
/** As deep as enterprise PKIs are in practice, with room. */
const MAX_CHAIN = 4;
/** As of certificates. */
const MAX_TOKEN_KEYS = 4;
/** Each is compared with those of every SVID that the authority signed. */
const MAX_NAMESPACES = 256;
const NO_CERTIFICATES =
  'list its CA certificates; a mesh that an earlier version founded has to be founded anew with `selvage init`';

const thumbprint = 'write the RFC 7638 thumbprint of the key: 43 characters of base64url';
const coordinate = 'write a coordinate of the point in base64url: 43 characters';
const base64Url32 = (message: string) => z.string(message).regex(/^[\w-]{43}$/, message);

const certificateFields = {
  pem,
  chainPem: z
    .array(pem, 'write a list of certificates')
    .min(1, 'list the certificates, or leave the field out')
    .max(MAX_CHAIN, `list at most ${MAX_CHAIN} certificates`)
    .optional(),
};
const tokenKeyFields = {
  kid: base64Url32(thumbprint),
  x: base64Url32(coordinate),
  y: base64Url32(coordinate),
};

/** What is good of an authority, each key until the instant that `until` reads. */
const upheldFields = <Until extends z.ZodType<number | undefined>>(until: Until) => ({
  certificates: z
    .array(z.strictObject({ ...certificateFields, until }, BLOCK), NO_CERTIFICATES)
    .min(1, NO_CERTIFICATES)
    .max(MAX_CERTIFICATES, `list at most ${MAX_CERTIFICATES} certificates`),
  namespaces: z
    .array(label, 'write a list of namespaces')
    .min(1, 'list the namespaces that it may sign for, or leave the field out for any')
    .max(MAX_NAMESPACES, `list at most ${MAX_NAMESPACES} namespaces`)
    .optional(),
  tokenKeys: z
    .array(z.strictObject({ ...tokenKeyFields, until }, BLOCK), 'write a list of keys')
    .max(MAX_TOKEN_KEYS, `list at most ${MAX_TOKEN_KEYS} keys`)
    .optional(),
});

export const authorityDocument = z.strictObject({
  apiVersion,
  kind: z.literal('Authority'),
  metadata: meshMetadata,
  spec: z.strictObject(
    {
      onlineKey: hex32('write its Ed25519 key for snapshot and timestamp'),
      ...upheldFields(instant.optional()),
    },
    BLOCK,
  ),
});

/** Without an end it would be an authority for ever that nobody sees sign. */
export const retiringAuthorityDocument = z.strictObject({
  apiVersion,
  kind: z.literal('RetiringAuthority'),
  metadata: meshMetadata,
  spec: z.strictObject(upheldFields(instant), BLOCK),
});

const REVOKED = 'write one of workload, node, authority and key';
const WHOLE_SECOND = 'write a whole second: certificates know no less';
const REASON = 'say why in one line of 1 to 256 printable characters, or leave the field out';
const KEY_SHA256 = 'write the SHA-256 of the key (of its SubjectPublicKeyInfo)';

export const revocationDocument = z.strictObject({
  apiVersion,
  kind: z.literal('Revocation'),
  metadata: meshMetadata,
  spec: z
    .strictObject(
      {
        workload: z.string('write a SPIFFE ID').optional(),
        node: label.optional(),
        authority: hex32(KEY_SHA256).optional(),
        key: hex32(KEY_SHA256).optional(),
        before: instant.refine((atMs) => atMs % 1_000 === 0, WHOLE_SECOND).optional(),
        reason: z
          .string(REASON)
          .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u, REASON)
          .optional(),
      },
      BLOCK,
    )
    .refine(
      ({ workload, node, authority, key }) =>
        [workload, node, authority, key].filter((named) => named !== undefined).length === 1,
      REVOKED,
    ),
});

const DNS_DOMAIN =
  'with nodeName: dns, and only then, write dnsDomain: the domain directly below which hosts stand, in lower case';
const isDnsDomain = (text: string): boolean => text.split('.').every(isDnsLabel);

/** Each is tried with the certificate of every host that wants to join. */
const MAX_ENTERPRISE_CAS = 8;

export const attestationDocument = z.strictObject({
  apiVersion,
  kind: z.literal('NodeAttestation'),
  metadata: meshMetadata,
  spec: z
    .strictObject(
      {
        kind: z.literal('x509pop', 'write x509pop'),
        certificates: z
          .array(pem, 'write a list of CA certificates in PEM')
          .min(1, "list the enterprise's CA certificates")
          .max(MAX_ENTERPRISE_CAS, `list at most ${MAX_ENTERPRISE_CAS} certificates`),
        nodeName: z.enum(NODE_NAME_SOURCES, `write one of ${NODE_NAME_SOURCES.join(', ')}`),
        dnsDomain: z
          .string(DNS_DOMAIN)
          .max(253, DNS_DOMAIN)
          .refine(isDnsDomain, DNS_DOMAIN)
          .optional(),
      },
      BLOCK,
    )
    .refine(
      ({ nodeName, dnsDomain }) => (nodeName === 'dns') === (dnsDomain !== undefined),
      DNS_DOMAIN,
    ),
});

export type RegistrationDocument = z.output<typeof registrationDocument>;
export type AuthorityDocument = z.output<typeof authorityDocument>;
export type RetiringAuthorityDocument = z.output<typeof retiringAuthorityDocument>;
export type RevocationDocument = z.output<typeof revocationDocument>;
export type AttestationDocument = z.output<typeof attestationDocument>;
