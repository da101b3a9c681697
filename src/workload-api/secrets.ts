import { create, toBinary } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { trustDomainId } from '../core/index.ts';
import { privateKeyToPem, sha256Hex } from '../crypto/index.ts';
import type { HeldSvid } from './host.ts';
import {
  CertificateValidationContextSchema,
  DataSourceSchema,
  type Node,
  type Secret,
  SecretSchema,
  SPIFFECertValidatorConfig_TrustDomainSchema,
  SPIFFECertValidatorConfigSchema,
  TlsCertificateSchema,
  TypedExtensionConfigSchema,
} from './proto/index.ts';
import type { X509Context } from './x509-context.ts';

/** What a secret is asked for as, beside SPIFFE IDs and trust domains: the names that SPIRE made usual. */
const OWN = 'default';
const ROOT = 'ROOTCA';
const ALL = 'ALL';

export const SECRET_TYPE = `type.googleapis.com/${SecretSchema.typeName}`;

const VALIDATOR = 'envoy.tls.cert_validator.spiffe';
/** Since that version Envoy judges SPIFFE IDs by itself. */
const VALIDATOR_SINCE = { major: 1, minor: 18 };

/** How a proxy is told whom to trust: CA certificates alone, or with the rules of SPIFFE IDs. */
export type Validation = 'authorities' | 'spiffe';

export const validationFor = (node: Node | undefined): Validation => {
  const version = node?.userAgentBuildVersion?.version;
  if (version === undefined) return 'authorities';
  const { majorNumber: major, minorNumber: minor } = version;
  const isKnown =
    major > VALIDATOR_SINCE.major ||
    (major === VALIDATOR_SINCE.major && minor >= VALIDATOR_SINCE.minor);
  return isKnown ? 'spiffe' : 'authorities';
};

/** One secret, as a proxy gets it. */
export interface NamedSecret {
  readonly name: string;
  readonly resource: Any;
  /** Another for other content. */
  readonly version: string;
}

/** All that a workload may ask for, by the names that say what it is. */
export const secretNames = ({ svids, bundle }: X509Context): readonly string[] => [
  trustDomainId(bundle.trustDomain),
  ...svids.map(({ spiffeId }) => spiffeId),
];

/** The secret of that name; undefined when this workload has none. */
export function secretOf(
  name: string,
  context: X509Context,
  validation: Validation,
): NamedSecret | undefined {
  const { svids, bundle } = context;
  const own = name === OWN ? svids[0] : svids.find(({ spiffeId }) => spiffeId === name);
  if (own !== undefined) return named(name, certificateSecret(own));
  const isTrust = [ROOT, ALL, trustDomainId(bundle.trustDomain)].includes(name);
  if (!isTrust) return undefined;
  const how = name === ALL ? 'spiffe' : validation; // several trust domains are told by the validator alone
  return named(name, validationSecret(context, how));
}

const pem = (text: string) =>
  create(DataSourceSchema, { inlineBytes: new TextEncoder().encode(text) });

const certificateSecret = ({ chainPem, key }: HeldSvid): Secret['type'] => ({
  case: 'tlsCertificate',
  value: create(TlsCertificateSchema, {
    certificateChain: pem(chainPem.join('')),
    privateKey: pem(privateKeyToPem(key)),
  }),
});

function validationSecret({ bundle }: X509Context, validation: Validation): Secret['type'] {
  const authorities = pem(bundle.authoritiesPem.join(''));
  if (validation === 'authorities') {
    const value = create(CertificateValidationContextSchema, { trustedCa: authorities });
    return { case: 'validationContext', value };
  }
  const domain = create(SPIFFECertValidatorConfig_TrustDomainSchema, {
    name: bundle.trustDomain,
    trustBundle: authorities,
  });
  const config = create(SPIFFECertValidatorConfigSchema, { trustDomains: [domain] });
  const value = create(CertificateValidationContextSchema, {
    customValidatorConfig: create(TypedExtensionConfigSchema, {
      name: VALIDATOR,
      typedConfig: anyPack(SPIFFECertValidatorConfigSchema, config),
    }),
  });
  return { case: 'validationContext', value };
}

function named(name: string, type: Secret['type']): NamedSecret {
  const secret = create(SecretSchema, { name, type });
  const resource = anyPack(SecretSchema, secret);
  return { name, resource, version: sha256Hex(toBinary(SecretSchema, secret)).slice(0, 16) };
}
