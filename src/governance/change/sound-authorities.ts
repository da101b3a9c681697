import { type Namespace, workloadOf } from '../../core/index.ts';
import { checkListedCa, readCaCertificate } from '../../crypto/index.ts';
import type { RetiringAuthority, TrustSet } from '../trust-set.ts';
import { upheldAuthorities } from '../upheld-authorities.ts';

/**
 * Why nobody could rely on the authorities of a set, in words; undefined when all is well. Judged when a change is
 * drafted, shown and published, not when it is followed: nodes leave a certificate that is no good out and go on.
 */
export function authorityProblem(set: TrustSet): string | undefined {
  const { trustDomain } = set;
  const keys = new Map<string, RetiringAuthority>();
  for (const authority of set.authorities) {
    const problem = claim(keys, authority, [`online key ${authority.onlineKey}`]);
    if (problem !== undefined) return problem;
  }
  for (const authority of upheldAuthorities(set)) {
    const names: string[] = [];
    for (const { pem } of authority.certificates) {
      const ca = readCaCertificate(trustDomain, pem);
      if (!ca.ok) return unusable(authority, ca.error);
      names.push(`CA key ${ca.value.certificate.publicKeySha256}`);
    }
    names.push(...authority.tokenKeys.map(({ kid }) => `token key ${kid}`));
    const problem = claim(keys, authority, names);
    if (problem !== undefined) return problem;
  }
  return unsignable(set);
}

/** Why keys cannot be this authority's, in words: they are another one's already. */
function claim(
  keys: Map<string, RetiringAuthority>,
  authority: RetiringAuthority,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const other = keys.get(name) ?? authority;
    if (other !== authority) {
      return `authorities ${other.node} and ${authority.node} have one ${name}: each needs its own`;
    }
    keys.set(name, authority);
  }
  return undefined;
}

/** The same of those that are new or other than before, as of `now`: dates, and who signed their certificates. */
export function newAuthorityProblem(
  set: TrustSet,
  before: TrustSet,
  now: number,
): string | undefined {
  const known = new Set(
    upheldAuthorities(before).flatMap(({ certificates }) => certificates.map(({ pem }) => pem)),
  );
  const { trustDomain } = set;
  for (const authority of upheldAuthorities(set)) {
    for (const listed of authority.certificates) {
      const ca = known.has(listed.pem) ? undefined : checkListedCa(trustDomain, listed, now);
      if (ca?.ok === false) return unusable(authority, ca.error);
    }
  }
  return undefined;
}

const unusable = ({ node }: RetiringAuthority, problem: string): string =>
  `authority ${node}: its CA certificate cannot be used: ${problem}`;

/** A registration in a namespace that all authorities are kept out of would never be answered. */
function unsignable({
  authorities,
  registrations,
}: Pick<TrustSet, 'authorities' | 'registrations'>): string | undefined {
  const open = new Set<Namespace>();
  for (const { namespaces } of authorities) {
    if (namespaces === 'any') return undefined;
    for (const namespace of namespaces) open.add(namespace);
  }
  const stranded = registrations.find(({ spiffeId }) => {
    const namespace = workloadOf(spiffeId)?.namespace;
    return namespace !== undefined && !open.has(namespace);
  });
  return stranded === undefined
    ? undefined
    : `registration ${stranded.key}: no authority may sign for its namespace; let one, or take the registration out`;
}
