import {
  err,
  type Namespace,
  type NodeName,
  ok,
  parseSpiffeId,
  type Result,
  spiffeTrustDomain,
  type TrustDomain,
  workloadOf,
  workloadSpiffeId,
} from '../../core/index.ts';
import { parsePublicJwk, type Revocation, type Revoked, tokenKeyJwk } from '../../crypto/index.ts';
import type { NodeAttestation, Registration, TokenKey } from '../../identity/index.ts';
import type { AuthorityCertificate, AuthorityTarget, RetiringAuthority } from '../trust-set.ts';
import { namespaceOf, type ResourceContext, type WrongField } from './contents.ts';
import type {
  AttestationDocument,
  AuthorityDocument,
  RegistrationDocument,
  RetiringAuthorityDocument,
  RevocationDocument,
} from './identity-documents.ts';

// The schema has checked that names are DNS labels, so the casts to branded names hold.

export function toRegistration(
  { metadata, spec }: RegistrationDocument,
  context: ResourceContext,
): Registration {
  const namespace = namespaceOf(metadata.namespace, context);
  return {
    key: `${namespace}/${metadata.name}`,
    spiffeId: workloadSpiffeId(
      context.trustDomain,
      namespace,
      spec.serviceAccount ?? metadata.name,
    ),
    nodes: spec.nodes === undefined ? 'any' : ([...new Set(spec.nodes)].sort() as NodeName[]),
    selectors: spec.selectors,
  };
}

export function toAuthority(
  document: AuthorityDocument,
): Result<AuthorityTarget, readonly WrongField[]> {
  const { onlineKey } = document.spec;
  const upheld = toRetiring(document);
  return upheld.ok ? ok({ ...upheld.value, onlineKey }) : upheld;
}

/** What authorities have in common with those that sign no longer. */
export function toRetiring({
  metadata,
  spec,
}: AuthorityDocument | RetiringAuthorityDocument): Result<
  RetiringAuthority,
  readonly WrongField[]
> {
  const tokenKeys: TokenKey[] = [];
  const wrong: WrongField[] = [];
  for (const [index, { until, ...key }] of (spec.tokenKeys ?? []).entries()) {
    const path = ['spec', 'tokenKeys', index, 'kid'];
    const jwk = parsePublicJwk({ kty: 'EC', crv: 'P-256', ...key });
    const { kid } = tokenKeyJwk(key.x, key.y);
    if (!jwk.ok) wrong.push({ path: ['spec', 'tokenKeys', index], message: jwk.error });
    else if (kid !== key.kid) wrong.push({ path, message: `write ${kid}, the key's thumbprint` });
    else if (tokenKeys.some((other) => other.kid === kid)) {
      wrong.push({ path, message: 'the same key stands above: list it once' });
    } else tokenKeys.push({ ...key, ...untilMs(until) });
  }
  if (wrong.length > 0) return err(wrong);
  const certificates = spec.certificates.map(
    ({ pem, chainPem, until }): AuthorityCertificate => ({
      pem,
      ...(chainPem === undefined ? {} : { chainPem }),
      ...untilMs(until),
    }),
  );
  const namespaces =
    spec.namespaces === undefined ? 'any' : ([...new Set(spec.namespaces)].sort() as Namespace[]);
  const node = metadata.name as NodeName;
  return ok({ node, certificates, namespaces, tokenKeys });
}

const untilMs = (until: number | undefined) => (until === undefined ? {} : { untilMs: until });

export function toRevocation(
  { metadata: { name }, spec }: RevocationDocument,
  { trustDomain }: ResourceContext,
): Result<Revocation, readonly WrongField[]> {
  const { reason = '', before } = spec;
  const wrong = (field: string, message: string) => err([{ path: ['spec', field], message }]);
  const revoked = (what: Revoked) => ok({ name, reason, ...what });
  const keySha256 = spec.authority ?? spec.key;
  if (keySha256 !== undefined) {
    if (before !== undefined) return wrong('before', 'leave it out: a key is revoked for ever');
    return revoked({ kind: spec.authority === undefined ? 'key' : 'authority', keySha256 });
  }
  if (before === undefined) return wrong('before', BEFORE);
  const beforeMs = before;
  if (spec.node !== undefined)
    return revoked({ kind: 'node', node: spec.node as NodeName, beforeMs });
  const id = workloadId(spec.workload ?? '', trustDomain);
  if (!id.ok) return wrong('workload', id.error);
  return revoked({ kind: 'workload', spiffeId: id.value, beforeMs });
}

const BEFORE = 'write an instant such as 2026-11-20T17:00:00Z: what began by then is good no more';

function workloadId(text: string, trustDomain: TrustDomain) {
  const id = parseSpiffeId(text);
  const isOurs =
    id.ok && spiffeTrustDomain(id.value) === trustDomain && workloadOf(id.value) !== undefined;
  return isOurs
    ? id
    : err(`write a workload's ID of this mesh, spiffe://${trustDomain}/ns/<namespace>/sa/<name>`);
}

export function toAttestation({ metadata, spec }: AttestationDocument): NodeAttestation {
  const { dnsDomain, ...rest } = spec;
  return { name: metadata.name, ...rest, ...(dnsDomain === undefined ? {} : { dnsDomain }) };
}
