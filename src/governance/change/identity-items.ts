import { formatInstant } from '../../core/index.ts';
import { pemSha256, type Revocation } from '../../crypto/index.ts';
import type { NodeAttestation, Registration, RequestAuthentication } from '../../identity/index.ts';
import type { AuthorityTarget, RetiringAuthority } from '../trust-set.ts';
import { fieldsOf, type Item } from './item.ts';

/** What is said of those who may be whom. */

export const authorityItems = (all: readonly AuthorityTarget[]): Item[] =>
  all.map((authority) => {
    const { node, onlineKey, namespaces } = authority;
    return {
      name: `authority ${node}`,
      detail: namespaces === 'any' ? '' : ` (for ${namespaces.join(', ')})`,
      content: fieldsOf(authority).content,
      fields: { onlineKey, namespaces, ...keysOf(authority) },
    };
  });

export const retiringItems = (all: readonly RetiringAuthority[]): Item[] =>
  all.map((retiring) => {
    const { node, namespaces, certificates } = retiring;
    const [untilMs = 0] = certificates.map((one) => one.untilMs ?? 0).toSorted((a, b) => b - a);
    return {
      name: `retiring authority ${node}`,
      detail: ` (what it signed counts until ${formatInstant(untilMs)})`,
      content: fieldsOf(retiring).content,
      fields: { namespaces, ...keysOf(retiring) },
    };
  });

/** As `selvage authority list` shows them: nobody compares PEM by eye. */
const keysOf = ({ certificates, tokenKeys }: RetiringAuthority) => ({
  certificates: certificates.map(({ pem, untilMs }) => brief(pemSha256(pem), untilMs)),
  tokenKeys: tokenKeys.map(({ kid, untilMs }) => brief(kid, untilMs)),
});

const SHOWN_CHARS = 16;

const shortSha256 = (pem: string): string => pemSha256(pem).slice(0, SHOWN_CHARS);

const brief = (name: string, untilMs: number | undefined): string =>
  `${name.slice(0, SHOWN_CHARS)}${untilMs === undefined ? '' : ` until ${formatInstant(untilMs)}`}`;

export const registrationItems = (all: readonly Registration[]): Item[] =>
  all.map((registration) => ({
    name: `registration ${registration.key}`,
    detail: ` (${[...selectorWords(registration), nodesOf(registration)].join(', ')})`,
    ...fieldsOf(registration),
  }));

/** All that a process must be: whoever signs sees which facts are asked for, and which are not. */
function selectorWords({ selectors }: Registration): readonly string[] {
  const { uid, gid, executable, sha256, cgroup, startedByRun } = selectors;
  return [
    `uid ${uid}`,
    ...(gid === undefined ? [] : [`gid ${gid}`]),
    ...(executable === undefined ? [] : [executable]),
    ...(sha256 === undefined ? [] : [`sha256 ${sha256.slice(0, SHOWN_CHARS)}`]),
    ...(cgroup === undefined ? [] : [`cgroup ${cgroup}`]),
    ...(startedByRun === undefined ? [] : ['started by selvage run']),
  ];
}

const nodesOf = ({ nodes }: Registration): string =>
  nodes === 'any' ? 'any node' : nodes.join(', ');

export const authenticationItems = (all: readonly RequestAuthentication[]): Item[] =>
  all.map((authentication) => ({
    name: `authentication ${authentication.name}`,
    detail: ` (${authentication.issuer})`,
    ...fieldsOf(authentication),
  }));

export const revocationItems = (all: readonly Revocation[]): Item[] =>
  all.map((revocation) => {
    const { version: _, ...said } = { version: 0, ...revocation }; // the list's own word, not the revocation's
    return {
      name: `revocation ${revocation.name}`,
      detail: ` (${revoked(revocation)})`,
      ...fieldsOf(said),
    };
  });

function revoked(revocation: Revocation): string {
  switch (revocation.kind) {
    case 'workload':
      return `${revocation.spiffeId} before ${formatInstant(revocation.beforeMs)}`;
    case 'node':
      return `node ${revocation.node} before ${formatInstant(revocation.beforeMs)}`;
    case 'authority':
    case 'key':
      return `${revocation.kind} ${revocation.keySha256.slice(0, SHOWN_CHARS)}`;
  }
}

export const attestationItems = (all: readonly NodeAttestation[]): Item[] =>
  all.map((attestation) => ({
    name: `attestation ${attestation.name}`,
    detail: ` (${attestation.kind})`,
    content: fieldsOf(attestation).content,
    fields: { ...attestation, certificates: attestation.certificates.map(shortSha256) },
  }));
