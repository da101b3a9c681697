import {
  delegationsOf,
  governorsOf,
  isSignedBy,
  type NamedKey,
  onlineKeysOf,
  type Repository,
  type Role,
} from '../repository/index.ts';

/**
 * Names of those of `keys` who signed a document. Each signature is checked again: that enough of them are good was
 * verified before, and whoever publishes can write more beside them.
 */
const signersIn = (
  document: Parameters<typeof isSignedBy>[0],
  keys: readonly NamedKey[],
): string[] =>
  keys.filter(({ publicKey }) => isSignedBy(document, publicKey)).map(({ name }) => name);

/** Who signed the document of a role in `repository`, by name. */
export function signersOf({ root, lists, targets }: Repository, role: Role): string[] {
  const governors = governorsOf(root).keys;
  if (role === 'root') return signersIn(root, governors);
  const list = lists.get(role);
  if (list === undefined) return [];
  const keys = role === 'targets' ? governors : (delegationsOf(targets).get(role)?.keys ?? []);
  return signersIn(list, keys);
}

/** The online key (hex) that signed the snapshot. */
export const publisherOf = ({ root, snapshot }: Repository): string | undefined =>
  onlineKeysOf(root).find((publicKey) => isSignedBy(snapshot, publicKey));
