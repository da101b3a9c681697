import { Key } from '@tufjs/models';
import { isDnsLabel } from '../../core/index.ts';
import { publicKeyFromRaw, sha256Hex } from '../../crypto/index.ts';
import { canonicalJson } from '../canonical-json.ts';

/** A person's public key and what the person is called. The key counts, the name is for reading. */
export interface NamedKey {
  /** A DNS label. */
  readonly name: string;
  /** Raw Ed25519 public key, hex. */
  readonly publicKey: string;
}

/** Whose signatures count, and how many of them it takes. */
export interface Signers {
  /** In order of name. */
  readonly keys: readonly NamedKey[];
  /** At least 1; each key counts once. */
  readonly threshold: number;
}

/** Where a key's name stands: TUF lets applications add fields to a key (section 4.2). */
const NAME_FIELD = 'x-selvage-name';
const PUBLIC_KEY = /^[0-9a-f]{64}$/;

/** TUF section 4.2: a key, named by the SHA-256 of its canonical form (which has no person's name in it). */
export function tufKey({ publicKey, name }: { publicKey: string; name?: string }): Key {
  const fields = { keytype: 'ed25519', keyval: { public: publicKey }, scheme: 'ed25519' };
  return new Key({
    keyID: sha256Hex(Buffer.from(canonicalJson(fields))),
    keyType: fields.keytype,
    scheme: fields.scheme,
    keyVal: fields.keyval,
    ...(name === undefined ? {} : { unrecognizedFields: { [NAME_FIELD]: name } }),
  });
}

/**
 * Is a key listed under its own hash, as Ed25519 in lower-case hex? Then it has one name only: two
 * names, or two spellings, for one key would let one signer count as two.
 */
export const isOwnName = ([keyID, key]: [string, Key]): boolean => {
  const publicKey = key.keyVal.public ?? '';
  return isPublicKey(publicKey) && tufKey({ publicKey }).keyID === keyID && isEd25519(key);
};

/** Is it an Ed25519 key in lower-case hex, and none under which anyone can sign? */
export const isPublicKey = (text: string): boolean =>
  PUBLIC_KEY.test(text) && publicKeyFromRaw(Buffer.from(text, 'hex')).ok;

const isEd25519 = ({ keyType, scheme }: Key): boolean =>
  keyType === 'ed25519' && scheme === 'ed25519';

/** The key of this id, if it is listed: `constructor` is what every object has, and nobody's key. */
export const keyNamed = (keys: Readonly<Record<string, Key>>, id: string): Key | undefined =>
  Object.hasOwn(keys, id) ? keys[id] : undefined;

/** The keys of a role, in order of name. One that nobody named is called by its first digits. */
export function namedKeys(
  keyIDs: readonly string[],
  keys: Readonly<Record<string, Key>>,
): NamedKey[] {
  return keyIDs
    .flatMap((id) => keyNamed(keys, id) ?? [])
    .map(({ keyVal: { public: publicKey = '' }, unrecognizedFields }) => {
      const name = unrecognizedFields?.[NAME_FIELD];
      const isName = typeof name === 'string' && isDnsLabel(name);
      return { name: isName ? name : publicKey.slice(0, 8), publicKey };
    })
    .sort((a, b) => (a.name < b.name || (a.name === b.name && a.publicKey < b.publicKey) ? -1 : 1));
}
