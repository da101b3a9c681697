/** scrypt's work, as a power of two: what age itself takes. See docs/decisions/0045-governor-keys.md. */
const WORK_FACTOR = 18;

const ARMOR = '-----BEGIN AGE ENCRYPTED FILE-----';

/** Is this a file in the age format, armored (C2SP age.md)? */
export const isSealed = (text: string): boolean => text.trimStart().startsWith(ARMOR);

/**
 * Encrypts a text with a passphrase, in the age format: armored, with one scrypt stanza (C2SP age.md). It takes
 * some 0.7 s and 256 MiB, which is what each guess costs a thief as well.
 */
export async function sealText(text: string, passphrase: string): Promise<string> {
  const { armor, Encrypter } = await import('age-encryption'); // only those who sign load it
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  return armor.encode(await encrypter.encrypt(text));
}

/** Why a sealed text does not open, in words. */
export interface NotUnsealed {
  readonly reason: 'passphrase' | 'damaged';
  readonly detail: string;
}

/** Opens what {@link sealText}, or another program that knows age, has sealed. */
export async function unsealText(
  armored: string,
  passphrase: string,
): Promise<string | NotUnsealed> {
  const { armor, Decrypter } = await import('age-encryption');
  try {
    const file = armor.decode(armored);
    if (!isForPassphrase(file)) {
      return { reason: 'damaged', detail: 'it is encrypted, but not with a passphrase' };
    }
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    return await decrypter.decrypt(file, 'text');
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    // The library's words for a stanza that the passphrase does not open; a test holds it to them.
    return { reason: /no identity matched/.test(detail) ? 'passphrase' : 'damaged', detail };
  }
}

/** The header is text: a line with the version, then a stanza for each way in. */
const isForPassphrase = (file: Uint8Array): boolean =>
  Buffer.from(file.subarray(0, 64)).toString('latin1').includes('\n-> scrypt ');
