import type { EpochMs } from '../ports/index.ts';

/** A public key that an authority signs tokens with: ES256 (RFC 7518 section 3.4), so of P-256. */
export interface TokenKey {
  /** RFC 7638: the thumbprint of the key, so that no two keys have one. */
  readonly kid: string;
  /** Coordinates of the point, base64url (RFC 7518 section 6.2.1). */
  readonly x: string;
  readonly y: string;
  /** Past it nobody takes what it signed: it is on its way out. */
  readonly untilMs?: EpochMs;
}
