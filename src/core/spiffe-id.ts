import type { Brand } from './brand.ts';
import type { Namespace, NodeName } from './ids.ts';
import { err, ok, type Result } from './result.ts';

/** A trust domain name, `shop.example`: lower case, no scheme, no port (SPIFFE-ID section 2.1). */
export type TrustDomain = Brand<string, 'TrustDomain'>;
/** A whole SPIFFE ID, `spiffe://<trust domain>/<path>`, checked by {@link parseSpiffeId}. */
export type SpiffeId = Brand<string, 'SpiffeId'>;

const SCHEME = 'spiffe://';
const MAX_ID_BYTES = 2_048; // SPIFFE-ID section 2.3: implementations support up to 2,048 bytes
const MAX_TRUST_DOMAIN_BYTES = 255; // SPIFFE-ID section 2.1

/** SPIFFE-ID section 2.1: letters a-z, digits, '.', '-' and '_' only. */
export function parseTrustDomain(text: string): Result<TrustDomain, string> {
  if (text.length === 0 || text.length > MAX_TRUST_DOMAIN_BYTES || !/^[a-z0-9._-]+$/.test(text)) {
    return err(
      `'${text}' is no trust domain: use 1 to 255 of a-z, 0-9, '.', '-' and '_', such as shop.example`,
    );
  }
  return ok(text as TrustDomain);
}

/**
 * Parses a SPIFFE ID to the letter (SPIFFE-ID section 2): scheme and trust domain in lower case, no
 * port or user, path segments of `[a-zA-Z0-9._-]`, none empty, `.` or `..`, no `%`, trailing `/`,
 * query or fragment. The path may be empty: that is a trust domain's own ID.
 */
export function parseSpiffeId(text: string): Result<SpiffeId, string> {
  if (text.length > MAX_ID_BYTES) return err(`a SPIFFE ID has at most ${MAX_ID_BYTES} bytes`);
  if (!text.startsWith(SCHEME)) return err(`'${text}' does not begin with ${SCHEME}`);
  const rest = text.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  const domain = parseTrustDomain(slash < 0 ? rest : rest.slice(0, slash));
  if (!domain.ok) return domain;
  if (slash >= 0) {
    for (const segment of rest.slice(slash + 1).split('/')) {
      if (segment === '.' || segment === '..' || !/^[a-zA-Z0-9._-]+$/.test(segment)) {
        return err(`'${text}' has the path segment '${segment}', which a SPIFFE ID may not have`);
      }
    }
  }
  return ok(text as SpiffeId);
}

export function spiffeTrustDomain(id: SpiffeId): TrustDomain {
  const rest = id.slice(SCHEME.length);
  const slash = rest.indexOf('/');
  return (slash < 0 ? rest : rest.slice(0, slash)) as TrustDomain;
}

/** The path with its leading slash; empty for a trust domain's own ID. */
export const spiffePath = (id: SpiffeId): string =>
  id.slice(SCHEME.length + spiffeTrustDomain(id).length);

export const trustDomainId = (domain: TrustDomain): SpiffeId => `${SCHEME}${domain}` as SpiffeId;

export const nodeSpiffeId = (domain: TrustDomain, node: NodeName): SpiffeId =>
  `${SCHEME}${domain}/node/${node}` as SpiffeId;

/** `spiffe://<td>/ns/<namespace>/sa/<service account>`: the identity of a workload. */
export const workloadSpiffeId = (
  domain: TrustDomain,
  namespace: Namespace,
  serviceAccount: string,
): SpiffeId => `${SCHEME}${domain}/ns/${namespace}/sa/${serviceAccount}` as SpiffeId;

/** The parts of a workload's ID, or undefined when `id` does not follow that scheme. */
export function workloadOf(
  id: SpiffeId,
): { namespace: Namespace; serviceAccount: string } | undefined {
  const match = /^\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(spiffePath(id));
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { namespace: match[1] as Namespace, serviceAccount: match[2] };
}
