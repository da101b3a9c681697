import { formatDuration, splitServiceKey, type TrustDomain } from '../../core/index.ts';
import { canonicalJson, type JsonValue } from '../canonical-json.ts';
import type { Target } from '../target.ts';
import { authoritySpec, registrationSpec, retiringSpec, revocationSpec } from './identity-specs.ts';
import { API_VERSION, type TargetContent } from './resource.ts';

export const SETTINGS_PATH = 'settings.json';

const utf8 = new TextEncoder();

/**
 * Where a content stands in the trust repository; one path, one content. What belongs to a namespace
 * stands below `ns/<namespace>/`, which a team can be given.
 */
export function targetPath(content: TargetContent): string {
  switch (content.kind) {
    case 'Service':
      return pathInNamespace(content.service.key, 'services');
    case 'Registration':
      return pathInNamespace(content.registration.key, 'registrations');
    case 'RequestAuthentication':
      return `authentications/${content.authentication.name}.json`;
    case 'Revocation':
      return `revocations/${content.revocation.name}.json`;
    case 'NodeAttestation':
      return `attestations/${content.attestation.name}.json`;
    case 'Policy': {
      const { name, namespace } = content.policy;
      const path = `policies/${name}.cedar`;
      return namespace === undefined ? path : `ns/${namespace}/${path}`;
    }
    case 'Authority':
      return `authorities/${content.authority.node}.json`;
    case 'RetiringAuthority':
      return `retiring/${content.retiring.node}.json`;
    case 'MeshSettings':
      return SETTINGS_PATH;
  }
}

/** `key` is `<namespace>/<name>`. */
function pathInNamespace(key: string, kind: 'services' | 'registrations'): string {
  const [namespace, name] = key.split('/');
  return `ns/${namespace}/${kind}/${name}.json`;
}

/** A content as the bytes that the governors sign: Cedar text, or a resource in canonical JSON. */
export function encodeTarget(content: TargetContent, trustDomain: TrustDomain): Target {
  const text =
    content.kind === 'Policy'
      ? content.policy.text
      : canonicalJson({
          apiVersion: API_VERSION,
          kind: content.kind,
          ...documentOf(content, trustDomain),
        });
  return { path: targetPath(content), bytes: utf8.encode(text) };
}

type Documented = Exclude<TargetContent, { kind: 'Policy' }>;

function documentOf(
  content: Documented,
  trustDomain: TrustDomain,
): { metadata: JsonValue; spec: JsonValue } {
  switch (content.kind) {
    case 'Service': {
      const { key, protocol, port, identities, connectTimeoutMs, requestTimeoutMs } =
        content.service;
      const timeouts = {
        connect: formatDuration(connectTimeoutMs),
        request: formatDuration(requestTimeoutMs),
      };
      const spec = { protocol, ...(port === undefined ? {} : { port }), identities, timeouts };
      return { metadata: splitServiceKey(key), spec };
    }
    case 'Registration': {
      const [namespace, name] = content.registration.key.split('/');
      return { metadata: { namespace, name }, spec: registrationSpec(content.registration) };
    }
    case 'RequestAuthentication': {
      const { name, keys, jwksUri: uri, ofMesh: mesh, ...spec } = content.authentication;
      return {
        metadata: { name },
        spec: { ...spec, jwks: { keys: keys.length === 0 ? undefined : keys, uri, mesh } },
      };
    }
    case 'Revocation': {
      const { revocation } = content;
      return { metadata: { name: revocation.name }, spec: revocationSpec(revocation) };
    }
    case 'NodeAttestation': {
      const { name, ...spec } = content.attestation;
      return { metadata: { name }, spec };
    }
    case 'MeshSettings': {
      const {
        svidLifeMs,
        credentialLifeMs,
        policyHeaders,
        maxStalenessMs,
        whenStale,
        tokenIssuer,
      } = content.settings;
      return {
        metadata: { name: 'mesh' },
        spec: {
          trustDomain,
          svidLife: formatDuration(svidLifeMs),
          credentialLife: formatDuration(credentialLifeMs),
          policyHeaders: policyHeaders.length === 0 ? undefined : [...policyHeaders],
          maxStaleness: formatDuration(maxStalenessMs),
          whenStale,
          tokenIssuer,
        },
      };
    }
    case 'Authority':
      return { metadata: { name: content.authority.node }, spec: authoritySpec(content.authority) };
    case 'RetiringAuthority':
      return { metadata: { name: content.retiring.node }, spec: retiringSpec(content.retiring) };
  }
}
