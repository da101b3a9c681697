import type { SpiffeId } from '../core/index.ts';
import { createCsr, generatePrivateKey } from '../crypto/index.ts';
import { renewAt, retryAfterMs } from '../identity/index.ts';
import type { Clock, EpochMs, Log, Random, Timer } from '../ports/index.ts';
import type { HeldSvid } from '../workload-api/index.ts';
import { NodeError } from './errors.ts';
import type { Svid } from './issuance.ts';

export interface WorkloadSvidParts {
  /** Asks an authority. `attestedAtMs`: of the oldest process that it is for. */
  readonly issue: (id: SpiffeId, csrDer: Uint8Array, attestedAtMs: EpochMs) => Promise<Svid>;
  /** Would others take this leaf (PEM) now? */
  readonly isGood: (leafPem: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** One SVID that the node keeps for workloads: a new key for each, renewed at half of its life. */
export class WorkloadSvid {
  readonly #spiffeId: SpiffeId;
  readonly #parts: WorkloadSvidParts;
  readonly #changed: () => void;
  readonly #attestedAtMs: () => EpochMs;
  #current: HeldSvid | undefined;
  #problem: string | undefined;
  /** For which {@link WorkloadSvid.#attestedAtMs} the last one was refused, because that process is too old. */
  #tooOldMs: EpochMs | undefined;
  #failures = 0;
  #timer: Timer | undefined;
  #isAsking = false;
  #isStopped = false;

  /** Asks at once; `changed` is called when {@link current} or {@link problem} became another. */
  constructor(
    spiffeId: SpiffeId,
    attestedAtMs: () => EpochMs,
    parts: WorkloadSvidParts,
    changed: () => void,
  ) {
    this.#spiffeId = spiffeId;
    this.#attestedAtMs = attestedAtMs;
    this.#parts = parts;
    this.#changed = changed;
    void this.#renew();
  }

  get current(): HeldSvid | undefined {
    return this.#current;
  }

  /** Why there is none, once an authority was asked in vain. */
  get problem(): string | undefined {
    return this.#current === undefined ? this.#problem : undefined;
  }

  /** Something else is in force: one that others do not take any more is replaced at once. */
  judge(): void {
    const leaf = this.#current?.chainPem[0];
    if (leaf !== undefined && !this.#parts.isGood(leaf)) void this.#renew();
  }

  /** It is for others now: what an older process was refused, those that are left may have. */
  ask(): void {
    if (this.#tooOldMs === undefined || this.#attestedAtMs() <= this.#tooOldMs) return;
    this.#problem = undefined;
    void this.#renew();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #renew(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const { issue, clock } = this.#parts;
    this.#timer?.cancel();
    this.#tooOldMs = undefined;
    const attestedAtMs = this.#attestedAtMs();
    try {
      const key = generatePrivateKey('p256');
      const csr = createCsr(key, this.#spiffeId);
      const { chainPem, notAfter } = await issue(this.#spiffeId, csr, attestedAtMs);
      if (this.#isStopped) return;
      this.#current = { spiffeId: this.#spiffeId, chainPem, key, expiresAtMs: notAfter };
      this.#failures = 0;
      this.#wait(renewAt({ from: clock.now(), notAfter }, this.#parts.random) - clock.now());
    } catch (error) {
      if (this.#isStopped) return;
      if (error instanceof NodeError && error.code === 'IDENTITY_REVOKED') {
        this.#current = undefined; // nobody takes it any more
        this.#tooOldMs = attestedAtMs;
      }
      this.#failed(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isAsking = false;
    }
    this.#changed();
    this.ask(); // others may have come or gone meanwhile
  }

  #failed(problem: string): void {
    const { clock, random, log } = this.#parts;
    const leftMs = (this.#current?.expiresAtMs ?? 0) - clock.now();
    if (leftMs <= 0) this.#current = undefined;
    this.#problem = problem;
    this.#failures += 1;
    log.warn('svid for workloads not renewed', { spiffeId: this.#spiffeId, problem });
    this.#wait(retryAfterMs(this.#failures, leftMs, random));
  }

  #wait(delayMs: number): void {
    this.#timer = this.#parts.clock.after(Math.max(0, delayMs), () => void this.#renew());
  }
}
