import {
  certificateDer,
  generatePrivateKey,
  type PrivateKey,
  publicKeyOf,
  publicKeySha256,
  readCertificate,
  tokenKeyOf,
} from '../crypto/index.ts';
import type { TokenKey } from '../identity/index.ts';
import type { EpochMs, Space } from '../ports/index.ts';

/** What an authority signs identities with. */
export interface SigningKeys {
  readonly authority: PrivateKey<'p256'>;
  /** The CA certificate of that key, PEM. */
  readonly certificatePem: string;
  /** For JWT-SVIDs. */
  readonly token: PrivateKey<'p256'>;
}

/** Where the keys lie; see `authority-key-files.ts`. */
export interface AuthorityKeyFiles {
  /** Makes the next ones durable, beside those in use. */
  readonly keepNext: (keys: Pick<SigningKeys, 'authority' | 'token'>) => Promise<void>;
  /** Puts the next ones in the place of those in use, which are gone then. */
  readonly promote: () => void;
}

interface AuthorityKeysParts {
  readonly files: AuthorityKeyFiles;
  /** Where the certificates lie. */
  readonly space: Space;
  readonly current: SigningKeys;
  readonly next: SigningKeys | undefined;
}

/** Makes the CA certificate of a key, PEM. */
type CertificateFor = (key: PrivateKey<'p256'>) => string;

const CURRENT = 'authority-certificate';
const NEXT = 'authority-next-certificate';

/**
 * The keys with which a node signs identities when it is an authority: those in use, and while a rotation is under way
 * the next ones. At each moment the disk holds all that the trust repository may name.
 */
export class AuthorityKeys {
  readonly #files: AuthorityKeyFiles;
  readonly #space: Space;
  #current: SigningKeys;
  #next: SigningKeys | undefined;
  #making: Promise<SigningKeys> | undefined;

  constructor({ files, space, current, next }: AuthorityKeysParts) {
    this.#files = files;
    this.#space = space;
    this.#current = current;
    this.#next = next;
  }

  get current(): SigningKeys {
    return this.#current;
  }

  get next(): SigningKeys | undefined {
    return this.#next;
  }

  /** The next keys: those that were made before and are not in use, else new ones, which are on disk then. */
  async prepare(certificateFor: CertificateFor): Promise<SigningKeys> {
    if (this.#next !== undefined) return this.#next;
    this.#making ??= this.#makeNext(certificateFor).finally(() => {
      this.#making = undefined;
    });
    return await this.#making;
  }

  async #makeNext(certificateFor: CertificateFor): Promise<SigningKeys> {
    const [authority, token] = [generatePrivateKey('p256'), generatePrivateKey('p256')];
    const certificatePem = certificateFor(authority);
    await this.#files.keepNext({ authority, token });
    putText(this.#space, NEXT, certificatePem);
    this.#next = { authority, token, certificatePem };
    return this.#next;
  }

  /**
   * Takes up certificates that governors list in the place of those that this node made: what an enterprise signed for
   * the same keys.
   */
  adopt(listed: readonly string[]): void {
    const listedFor = ({ authority, certificatePem }: SigningKeys): string | undefined =>
      listed.includes(certificatePem) ? undefined : listed.find((pem) => isOfKey(pem, authority));
    const current = listedFor(this.#current);
    if (current !== undefined) {
      writeCertificate(this.#space, current);
      this.#current = { ...this.#current, certificatePem: current };
    }
    const next = this.#next && listedFor(this.#next);
    if (next !== undefined && this.#next !== undefined) {
      putText(this.#space, NEXT, next);
      this.#next = { ...this.#next, certificatePem: next };
    }
  }

  /**
   * Makes certificates anew that nobody listed before half of their life was over: who lists one later lists a whole life.
   * Likewise those that do not begin yet, since this host's clock was ahead when they were made.
   *
   * @param listed those that count for something, PEM
   */
  freshen(listed: readonly string[], now: EpochMs, certificateFor: CertificateFor): void {
    const idle = [this.#current, this.#next].filter(
      (keys) =>
        keys !== undefined &&
        !listed.includes(keys.certificatePem) &&
        !isInFirstHalf(keys.certificatePem, now),
    );
    this.adopt(idle.flatMap((keys) => (keys === undefined ? [] : certificateFor(keys.authority))));
  }

  /** The next keys are those in use from now on. */
  promote(): void {
    if (this.#next === undefined) return;
    this.#files.promote();
    this.#current = this.#next;
    this.#next = undefined;
    this.settle();
  }

  /** Makes durable that there is no next certificate, but that of the keys in use. */
  settle(): void {
    writeCertificate(this.#space, this.#current.certificatePem);
    this.#space.delete(NEXT);
  }
}

export const writeCertificate = (space: Space, pem: string): void => putText(space, CURRENT, pem);

/** The certificates on disk: of the keys in use, and of the next ones. */
export const readCertificates = (
  space: Space,
): { readonly current: string | undefined; readonly next: string | undefined } => ({
  current: textAt(space, CURRENT),
  next: textAt(space, NEXT),
});

/** The public half of the key for tokens, as the trust repository lists it. */
export function publicTokenKey({ token }: Pick<SigningKeys, 'token'>): TokenKey {
  const { kid, x, y } = tokenKeyOf(publicKeyOf(token));
  return { kid, x, y };
}

/** Is it a certificate of this key? */
export function isOfKey(certificatePem: string | undefined, key: PrivateKey<'p256'>): boolean {
  if (certificatePem === undefined) return false;
  const certificate = readCertificate(certificateDer(certificatePem));
  return certificate.ok && certificate.value.publicKeySha256 === publicKeySha256(publicKeyOf(key));
}

function isInFirstHalf(certificatePem: string, now: EpochMs): boolean {
  const certificate = readCertificate(certificateDer(certificatePem));
  if (!certificate.ok) return false;
  const { notBefore, notAfter } = certificate.value;
  return notBefore <= now && now <= (notBefore + notAfter) / 2;
}

const putText = (space: Space, key: string, text: string): void =>
  space.put(key, new TextEncoder().encode(text));

function textAt(space: Space, key: string): string | undefined {
  const bytes = space.get(key);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}
