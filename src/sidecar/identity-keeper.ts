import type { SpiffeId } from '../core/index.ts';
import {
  createCsr,
  generatePrivateKey,
  type PrivateKey,
  privateKeyToPem,
} from '../crypto/index.ts';
import { renewAt, retryAfterMs } from '../identity/index.ts';
import type { Clock, Log, Random, Timer } from '../ports/index.ts';

/** A certificate chain with the private key that never left this process. */
export interface HeldIdentity {
  readonly spiffeId: SpiffeId;
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
  readonly notAfterMs: number;
}

export interface IdentityKeeperParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Sends a certificate request (DER) to the node; the answer comes by {@link IdentityKeeper.take}. */
  readonly request: (csrDer: Uint8Array) => void;
  readonly use: (identity: HeldIdentity) => void;
}

/** Keeps a workload's SVID fresh: a new key for each one, asked for at half of the last one's life. */
export class IdentityKeeper {
  readonly #parts: IdentityKeeperParts;
  #spiffeId: SpiffeId | undefined;
  #pendingKey: PrivateKey<'p256'> | undefined;
  #notAfterMs = 0;
  #renewAtMs = 0;
  #failures = 0;
  #timer: Timer | undefined;

  constructor(parts: IdentityKeeperParts) {
    this.#parts = parts;
  }

  /** The node said who this workload is. Asks at once when there is no SVID, or it is due. */
  begin(spiffeId: SpiffeId): void {
    this.#spiffeId = spiffeId;
    this.#failures = 0;
    if (this.#parts.clock.now() >= this.#renewAtMs) this.#ask(spiffeId);
  }

  /**
   * Takes the certificate that answers the last request. One that cannot be used counts as none: the
   * next attempt is under way already.
   */
  take(chainPem: readonly string[], expiresAt: number): void {
    const key = this.#pendingKey;
    const spiffeId = this.#spiffeId;
    if (key === undefined || spiffeId === undefined) return;
    const { clock, random, log, use } = this.#parts;
    try {
      use({
        spiffeId,
        certificateChainPem: chainPem.join(''),
        privateKeyPem: privateKeyToPem(key),
        notAfterMs: expiresAt,
      });
    } catch (error) {
      log.error('the svid that the node gave cannot be used, asking again', { spiffeId, error });
      return;
    }
    this.#pendingKey = undefined;
    this.#failures = 0;
    this.#notAfterMs = expiresAt;
    this.#renewAtMs = renewAt({ from: clock.now(), notAfter: expiresAt }, random);
    log.info('svid in use', { spiffeId, expiresAt: new Date(expiresAt).toISOString() });
    this.#wait(this.#renewAtMs - clock.now(), spiffeId);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Asks, and again until answered; always for one key, so that a late answer fits as well. */
  #ask(spiffeId: SpiffeId): void {
    const { clock, random, request } = this.#parts;
    this.#pendingKey ??= generatePrivateKey('p256');
    request(createCsr(this.#pendingKey, spiffeId));
    this.#failures += 1;
    const retryMs = retryAfterMs(this.#failures, this.#notAfterMs - clock.now(), random);
    this.#wait(retryMs, spiffeId);
  }

  #wait(delayMs: number, spiffeId: SpiffeId): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(Math.max(0, delayMs), () => this.#ask(spiffeId));
  }
}
