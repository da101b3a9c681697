import {
  err,
  type Namespace,
  ok,
  parseSpiffeId,
  type Result,
  type SpiffeId,
  serviceKey,
  spiffePath,
  spiffeTrustDomain,
  type TrustDomain,
  workloadSpiffeId,
} from '../../core/index.ts';
import { type PublicJwk, parsePublicJwk } from '../../crypto/index.ts';
import type { RequestAuthentication } from '../../identity/index.ts';
import type { MeshSettings, ServiceResource } from '../trust-set.ts';
import type { AuthenticationDocument, ServiceDocument, SettingsDocument } from './documents.ts';

/** What a document leaves open. */
export interface ResourceContext {
  readonly trustDomain: TrustDomain;
  /** Where resources that name no namespace belong. */
  readonly namespace: Namespace;
  /** The one that a person typed: policies are about it, and no resource may name another. */
  readonly typedNamespace?: Namespace;
}

/** A field of a document that has the right shape and the wrong value. */
export interface WrongField {
  readonly path: readonly (string | number)[];
  /** What to write instead. */
  readonly message: string;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 1_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;
const DEFAULT_GROUPS_CLAIM = 'groups';

/** What holds in a mesh until its governors say otherwise. */
export const DEFAULT_SETTINGS: MeshSettings = {
  svidLifeMs: 3_600_000, // hours, as NIST SP 800-204A asks
  credentialLifeMs: 7 * 86_400_000,
  policyHeaders: [],
  maxStalenessMs: 7 * 86_400_000,
  whenStale: 'keep',
};

// The schema has checked that names are DNS labels, so the casts to branded names hold.
export const namespaceOf = (text: string | undefined, context: ResourceContext): Namespace =>
  text === undefined ? context.namespace : (text as Namespace);

export function toService(
  { metadata, spec }: ServiceDocument,
  context: ResourceContext,
): Result<ServiceResource, readonly WrongField[]> {
  const namespace = namespaceOf(metadata.namespace, context);
  const wrong: WrongField[] = [];
  const identities = new Set<SpiffeId>();
  for (const [index, text] of (spec.identities ?? []).entries()) {
    const id = checkIdentity(text, context.trustDomain);
    if (id.ok) identities.add(id.value);
    else wrong.push({ path: ['spec', 'identities', index], message: id.error });
  }
  if (wrong.length > 0) return err(wrong);
  if (identities.size === 0) {
    identities.add(workloadSpiffeId(context.trustDomain, namespace, metadata.name));
  }
  return ok({
    key: serviceKey(namespace, metadata.name),
    protocol: spec.protocol,
    ...(spec.port === undefined ? {} : { port: spec.port }),
    identities: [...identities].sort(),
    connectTimeoutMs: spec.timeouts?.connect ?? DEFAULT_CONNECT_TIMEOUT_MS,
    requestTimeoutMs: spec.timeouts?.request ?? DEFAULT_REQUEST_TIMEOUT_MS,
  });
}

function checkIdentity(text: string, trustDomain: TrustDomain): Result<SpiffeId, string> {
  const id = parseSpiffeId(text);
  if (!id.ok) return err(`${id.error}; write spiffe://${trustDomain}/ns/<namespace>/sa/<name>`);
  if (spiffeTrustDomain(id.value) !== trustDomain || spiffePath(id.value) === '') {
    return err(
      `write a workload's ID of this mesh, spiffe://${trustDomain}/ns/<namespace>/sa/<name>`,
    );
  }
  return id;
}

export function toAuthentication({
  metadata,
  spec,
}: AuthenticationDocument): Result<RequestAuthentication, readonly WrongField[]> {
  const keys: PublicJwk[] = [];
  const wrong: WrongField[] = [];
  for (const [index, value] of (spec.jwks.keys ?? []).entries()) {
    const key = newKey(value, keys);
    // The whole key is named, never the field: what is shown of it could be a secret.
    if (key.ok) keys.push(key.value);
    else wrong.push({ path: ['spec', 'jwks', 'keys', index], message: key.error });
  }
  if (wrong.length > 0) return err(wrong);
  return ok({
    name: metadata.name,
    issuer: spec.issuer,
    audiences: [...new Set(spec.audiences)].sort(),
    keys,
    ...(spec.jwks.uri === undefined ? {} : { jwksUri: spec.jwks.uri }),
    ...(spec.jwks.mesh === undefined ? {} : { ofMesh: spec.jwks.mesh }),
    groupsClaim: spec.groupsClaim ?? DEFAULT_GROUPS_CLAIM,
    claims: [...new Set(spec.claims)].sort(),
  });
}

function newKey(value: unknown, earlier: readonly PublicJwk[]): Result<PublicJwk, string> {
  const key = parsePublicJwk(value);
  if (!key.ok || key.value.kid === undefined) return key;
  const { kid } = key.value;
  return earlier.some((other) => other.kid === kid)
    ? err('its kid is that of a key above: tokens must name one key only')
    : key;
}

export function toSettings(
  { spec }: SettingsDocument,
  context: ResourceContext,
): Result<MeshSettings, readonly WrongField[]> {
  if (spec.trustDomain !== undefined && spec.trustDomain !== context.trustDomain) {
    const message = `write ${context.trustDomain}: the trust domain of a mesh never changes`;
    return err([{ path: ['spec', 'trustDomain'], message }]);
  }
  return ok({
    svidLifeMs: spec.svidLife ?? DEFAULT_SETTINGS.svidLifeMs,
    credentialLifeMs: spec.credentialLife ?? DEFAULT_SETTINGS.credentialLifeMs,
    policyHeaders: [...new Set(spec.policyHeaders ?? DEFAULT_SETTINGS.policyHeaders)].sort(),
    ...(spec.tokenIssuer === undefined ? {} : { tokenIssuer: spec.tokenIssuer }),
    maxStalenessMs: spec.maxStaleness ?? DEFAULT_SETTINGS.maxStalenessMs,
    whenStale: spec.whenStale ?? DEFAULT_SETTINGS.whenStale,
  });
}
