import type { TrustBundle } from '../crypto/index.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { X509Bundle } from '../workload-api/index.ts';

/**
 * Whom programs without a sidecar are told to trust. They know nothing of the namespaces that an authority
 * may be limited to, and would take any name from it: such an authority is left out, and what it signed is
 * refused by them, not too much believed.
 */
export class WorkloadBundle {
  readonly #clock: Clock;
  readonly #bundle: () => TrustBundle;
  readonly #changed: () => void;
  #told: X509Bundle | undefined;
  #timer: Timer | undefined;

  /** `changed` is called when an authority ends by its date. */
  constructor(clock: Clock, bundle: () => TrustBundle, changed: () => void) {
    this.#clock = clock;
    this.#bundle = bundle;
    this.#changed = changed;
  }

  /** The same object as long as it says the same. */
  current(): X509Bundle {
    const now = this.#clock.now();
    const { trustDomain, anchors } = this.#bundle();
    const good = anchors.filter(
      ({ namespaces, notAfter }) => namespaces === 'any' && notAfter >= now,
    );
    const authoritiesPem = good.map(({ pem }) => pem);
    if (this.#told?.authoritiesPem.join() !== authoritiesPem.join()) {
      this.#told = { trustDomain, authoritiesPem };
      this.#waitUntil(Math.min(...good.map(({ notAfter }) => notAfter)) - now);
    }
    return this.#told ?? { trustDomain, authoritiesPem };
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #waitUntil(delayMs: number): void {
    this.#timer?.cancel();
    if (!Number.isFinite(delayMs)) return;
    // A timer holds no more than 2^31 - 1 milliseconds; early, it finds nothing different.
    this.#timer = this.#clock.after(Math.min(delayMs + 1, 2 ** 31 - 1), this.#changed);
  }
}
