import { type DecisionRequest, type SampledDecision, textLengthOf } from '../policy/index.ts';
import type { Clock, EpochMs, Random, Timer } from '../ports/index.ts';
import { SAMPLE_CHARS, SAMPLE_PERIOD_MS, SAMPLES_PER_PERIOD } from './limits.ts';

/** So many samples of one connection are taken in a period before they become half as frequent. */
const SAMPLES_PER_STRIDE = 4;
const MAX_STRIDE = 1 << 20;

/**
 * Remembers some of the decisions of a data plane, and hands them over once a second while there are any. What it
 * remembers lies in a ring that is made once, so that a decision costs a few instructions and no garbage.
 */
export class DecisionSampler {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handOver: (decisions: readonly SampledDecision[]) => void;
  readonly #requests: (DecisionRequest | undefined)[] = new Array(SAMPLES_PER_PERIOD).fill(
    undefined,
  );
  readonly #weights = new Float64Array(SAMPLES_PER_PERIOD);
  #count = 0;
  #timer: Timer | undefined;

  constructor(
    clock: Clock,
    random: Random,
    handOver: (decisions: readonly SampledDecision[]) => void,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#handOver = handOver;
  }

  /** A whole number around `stride`, so that what comes in turns is not seen one-sidedly. */
  about(stride: number): number {
    return stride === 1 ? 1 : 1 + Math.floor(this.#random.fraction() * (2 * stride - 1));
  }

  /** False when it has no place for it before the next handing over. */
  take(request: DecisionRequest, weight: number): boolean {
    if (this.#count === SAMPLES_PER_PERIOD || textLengthOf(request) > SAMPLE_CHARS) return false;
    this.#requests[this.#count] = request;
    this.#weights[this.#count] = weight;
    this.#count += 1;
    this.#timer ??= this.#clock.after(SAMPLE_PERIOD_MS, () => this.#pass());
    return true;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#forget();
  }

  #pass(): void {
    const decisions: SampledDecision[] = [];
    for (let at = 0; at < this.#count; at += 1) {
      const request = this.#requests[at];
      if (request === undefined) continue;
      decisions.push({ request: withoutClaims(request), weight: this.#weights[at] ?? 0 });
    }
    this.#forget();
    this.#timer = undefined;
    this.#handOver(decisions);
  }

  #forget(): void {
    this.#requests.fill(undefined, 0, this.#count);
    this.#count = 0;
  }
}

/**
 * Where the decisions of one peer's connection are counted. The first one of each second is sampled, then each as long
 * as there are few, then fewer and fewer: a sample stands for those that were passed over before it.
 */
export class DecisionTap {
  readonly #sampler: DecisionSampler;
  #passed = 0;
  /** At how many the next one is sampled. */
  #next = 1;
  #stride = 1;
  /** When the second at hand began. */
  #begunAt: EpochMs = Number.NEGATIVE_INFINITY;
  /** In this second. */
  #taken = 0;

  constructor(sampler: DecisionSampler) {
    this.#sampler = sampler;
  }

  /** `request`: with the time at which it was decided on. */
  decided(request: DecisionRequest): void {
    this.#passed += 1;
    const { timeMs = 0 } = request;
    // The wall clock may be set back.
    if (timeMs - this.#begunAt >= SAMPLE_PERIOD_MS || timeMs < this.#begunAt) this.#begin(timeMs);
    else if (this.#passed < this.#next) return;
    this.#sample(request);
  }

  #begin(timeMs: EpochMs): void {
    this.#begunAt = timeMs;
    this.#taken = 0;
    this.#stride = Math.max(1, this.#stride / 2);
  }

  #sample(request: DecisionRequest): void {
    const isTaken = this.#sampler.take(request, this.#passed);
    if (isTaken) {
      this.#passed = 0;
      this.#taken += 1;
    }
    if (!isTaken || this.#taken % SAMPLES_PER_STRIDE === 0) {
      this.#stride = Math.min(2 * this.#stride, MAX_STRIDE);
    }
    this.#next = this.#passed + this.#sampler.about(this.#stride);
  }
}

/** Claims may say anything of a person: they stay in the sidecar. */
const withoutClaims = (request: DecisionRequest): DecisionRequest =>
  request.user === undefined ? request : { ...request, user: { ...request.user, claims: {} } };
