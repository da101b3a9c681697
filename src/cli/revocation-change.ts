import { type NodeName, workloadSpiffeId } from '../core/index.ts';
import { type Revoked, sha256Hex, TrustBundle } from '../crypto/index.ts';
import {
  bundleEntries,
  encodeTarget,
  type TrustSet,
  upheldAuthorities,
} from '../governance/index.ts';
import { placesOf, unknownAuthority } from './authority-retirement.ts';
import { CliError } from './errors.ts';
import type { WorkloadName } from './revocation-arguments.ts';
import type { WantedChange } from './trust-change.ts';

/** What a governor wants to revoke by its name alone: all of it that began up to an instant. */
export type NamedRevocation =
  | { readonly kind: 'workload'; readonly name: WorkloadName; readonly beforeMs: number }
  | { readonly kind: 'node'; readonly node: NodeName; readonly beforeMs: number };

/** What a governor wants to revoke, by the names that people use. */
export type WantedRevocation =
  | NamedRevocation
  | { readonly kind: 'authority'; readonly node: NodeName };

const NAME_CHARACTERS = 16;

/** The change that revokes it. Of one subject there is one resource: a later instant takes its place. */
export function planRevocation(
  inForce: TrustSet,
  wanted: WantedRevocation,
  reason: string,
): WantedChange {
  const { trustDomain } = inForce;
  const put = (revoked: Revoked) => {
    const revocation = { ...revoked, name: nameOf(revoked), reason };
    return encodeTarget({ kind: 'Revocation', revocation }, trustDomain);
  };
  if (wanted.kind === 'workload') {
    const { namespace, serviceAccount } = wanted.name;
    const spiffeId = workloadSpiffeId(trustDomain, namespace, serviceAccount);
    return { put: [put({ kind: 'workload', spiffeId, beforeMs: wanted.beforeMs })] };
  }
  const { node } = wanted;
  const remove = placesOf(inForce, node);
  if (wanted.kind === 'node') {
    if (inForce.authorities.some((one) => one.node === node)) throw stillAuthority(node);
    return { put: [put({ kind: 'node', node, beforeMs: wanted.beforeMs })], remove };
  }
  if (remove.length === 0) {
    throw unknownAuthority(node, inForce);
  }
  const { anchors } = new TrustBundle(
    trustDomain,
    bundleEntries(upheldAuthorities(inForce).filter((one) => one.node === node)),
  );
  const keys = new Set(anchors.map(({ certificate }) => certificate.publicKeySha256));
  return {
    put: [...keys].map((keySha256) => put({ kind: 'authority', keySha256 })),
    remove,
  };
}

/** What it took back itself would be forgotten with its records. */
const stillAuthority = (node: NodeName): CliError =>
  new CliError('COMMAND_LINE_INVALID', `${node} is an authority`, {
    remedy: `Revoke it as one first (selvage revoke authority ${node}), or take it out of force (selvage authority remove ${node} --stolen); then revoke the node.`,
  });

/** A DNS label that is the subject's alone. */
function nameOf(one: Revoked): string {
  if (one.kind === 'node')
    return `node-${sha256Hex(Buffer.from(one.node)).slice(0, NAME_CHARACTERS)}`;
  const hex = one.kind === 'workload' ? sha256Hex(Buffer.from(one.spiffeId)) : one.keySha256;
  return `${one.kind}-${hex.slice(0, NAME_CHARACTERS)}`;
}
