import { type Repository, tufKey } from '../repository/index.ts';
import type { AuthorityTarget } from '../trust-set.ts';

/** An online key by its TUF id, with the authority that has it where what is in force names one. */
export interface OnlineSigner {
  readonly keyId: string;
  readonly authority?: AuthorityTarget['node'];
}

/** Who signed the snapshot of an opened repository: of several keys the first that holds. */
export function signerOfSnapshot(
  { root, snapshot }: Repository,
  authorities: readonly AuthorityTarget[],
): OnlineSigner {
  const listed = root.signed.roles.snapshot?.keyIDs ?? [];
  const keyId = listed.find((id) => isBy(root.signed.keys[id], snapshot)) ?? '';
  const named = authorities.find(({ onlineKey }) => keyIdOf(onlineKey) === keyId);
  return named === undefined ? { keyId } : { keyId, authority: named.node };
}

/** The order in which authorities take their turns, the same at every node: by the TUF id of the online key. */
export const inTurn = (authorities: readonly AuthorityTarget[]): AuthorityTarget[] =>
  authorities.toSorted((a, b) => (keyIdOf(a.onlineKey) < keyIdOf(b.onlineKey) ? -1 : 1));

const keyIdOf = (publicKey: string): string => tufKey({ publicKey }).keyID;

function isBy(
  key: Repository['root']['signed']['keys'][string] | undefined,
  snapshot: Repository['snapshot'],
): boolean {
  try {
    key?.verifySignature(snapshot);
    return key !== undefined;
  } catch {
    return false; // throwing is how the library says "not by this key"
  }
}
