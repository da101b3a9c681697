import { formatInstant, workloadOf } from '../../core/index.ts';
import type { Revocation } from '../../crypto/index.ts';
import type { Registration } from '../../identity/index.ts';
import type { JsonValue } from '../canonical-json.ts';
import type { AuthorityTarget, RetiringAuthority } from '../trust-set.ts';

/** The `spec` of resources that say who may be whom, as identity-documents.ts reads it back. */

export function registrationSpec({ spiffeId, nodes, selectors }: Registration): JsonValue {
  const serviceAccount = workloadOf(spiffeId)?.serviceAccount;
  return { serviceAccount, nodes: nodes === 'any' ? undefined : nodes, selectors };
}

export const authoritySpec = ({ onlineKey, ...rest }: AuthorityTarget): JsonValue => ({
  onlineKey,
  ...upheldSpec(rest),
});

export const retiringSpec = (retiring: RetiringAuthority): JsonValue => upheldSpec(retiring);

const upheldSpec = ({ certificates, namespaces, tokenKeys }: RetiringAuthority) => ({
  certificates: certificates.map(withUntil),
  namespaces: namespaces === 'any' ? undefined : namespaces,
  tokenKeys: tokenKeys.length === 0 ? undefined : tokenKeys.map(withUntil),
});

const withUntil = <T extends { readonly untilMs?: number }>({ untilMs, ...rest }: T) => ({
  ...rest,
  until: untilMs === undefined ? undefined : formatInstant(untilMs),
});

export const revocationSpec = (revocation: Revocation): JsonValue => ({
  ...revokedSpec(revocation),
  reason: revocation.reason === '' ? undefined : revocation.reason,
});

function revokedSpec(revocation: Revocation) {
  switch (revocation.kind) {
    case 'workload':
      return { workload: revocation.spiffeId, before: formatInstant(revocation.beforeMs) };
    case 'node':
      return { node: revocation.node, before: formatInstant(revocation.beforeMs) };
    case 'authority':
      return { authority: revocation.keySha256 };
    case 'key':
      return { key: revocation.keySha256 };
  }
}
