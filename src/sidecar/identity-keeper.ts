import type { SpiffeId } from '../core/index.ts';
import {
  type Certificate,
  certificateDer,
  createCsr,
  generatePrivateKey,
  type PrivateKey,
  privateKeyToPem,
  readCertificate,
  type SvidRefusalReason,
  type TrustBundle,
  verifySvid,
} from '../crypto/index.ts';
import { renewAt, renewBefore, retryAfterMs } from '../identity/index.ts';
import type { Clock, Log, Random, Timer } from '../ports/index.ts';

/** Why nobody takes an SVID any more that was good. */
const LOST: ReadonlySet<SvidRefusalReason> = new Set(['unknown-authority', 'revoked']);

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

/**
 * Keeps a workload's SVID fresh: a new key for each one, asked for at half of the last one's life, or sooner when its
 * authority is taken out of force or has an end, and when it is revoked.
 */
export class IdentityKeeper {
  readonly #parts: IdentityKeeperParts;
  #spiffeId: SpiffeId | undefined;
  #pendingKey: PrivateKey<'p256'> | undefined;
  #bundle: TrustBundle | undefined;
  #leaf: Certificate | undefined;
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
    const leaf = readCertificate(certificateDer(chainPem[0] ?? ''));
    this.#leaf = leaf.ok ? leaf.value : undefined;
    log.info('svid in use', { spiffeId, expiresAt: new Date(expiresAt).toISOString() });
    this.#wait(this.#renewAtMs - clock.now(), spiffeId);
    this.#hurry(this.#authorityEndsMs());
  }

  /** Other authorities are in force, or one has an end, or something else is revoked. */
  follow(bundle: TrustBundle): void {
    this.#bundle = bundle;
    const now = this.#parts.clock.now();
    const judged = this.#leaf && verifySvid(this.#leaf.der, bundle, { now });
    const isUpheld = judged === undefined || judged.ok || !LOST.has(judged.error.reason);
    this.#hurry(isUpheld ? this.#authorityEndsMs() : now);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Until when the authority's key counts; undefined when the bundle does not say, as when it is older than the SVID. */
  #authorityEndsMs(): number | undefined {
    const anchors = this.#leaf === undefined ? [] : (this.#bundle?.issuersOf(this.#leaf) ?? []);
    const ends = anchors.map(({ notAfter }) => notAfter);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** Renews before `endsMs` what would live longer. */
  #hurry(endsMs: number | undefined): void {
    const spiffeId = this.#spiffeId;
    if (endsMs === undefined || endsMs >= this.#notAfterMs || spiffeId === undefined) return;
    const { clock, random } = this.#parts;
    this.#notAfterMs = endsMs;
    if (this.#pendingKey !== undefined) return; // it asks already
    this.#renewAtMs = renewBefore(endsMs, this.#renewAtMs, clock.now(), random);
    this.#wait(this.#renewAtMs - clock.now(), spiffeId);
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
