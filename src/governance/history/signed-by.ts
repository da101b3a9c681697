import {
  delegationsOf,
  governorsOf,
  type NamedKey,
  onlineKeysOf,
  type Repository,
  type Role,
  tufKey,
} from '../repository/index.ts';

type Document = Parameters<ReturnType<typeof tufKey>['verifySignature']>[0];

/**
 * Names of those of `keys` who signed a document. Each signature is checked again: that enough of them are good was
 * verified before, and whoever publishes can write more beside them.
 */
const signersIn = (document: Document, keys: readonly NamedKey[]): string[] =>
  keys.filter((key) => isSignedBy(document, key)).map(({ name }) => name);

function isSignedBy(document: Document, key: { readonly publicKey: string }): boolean {
  try {
    tufKey(key).verifySignature(document);
    return true;
  } catch {
    return false; // throwing is how the library says that there is no good one
  }
}

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
  onlineKeysOf(root).find((publicKey) => isSignedBy(snapshot, { publicKey }));
