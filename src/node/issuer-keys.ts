import type { PublicJwk } from '../crypto/index.ts';
import { readKeySet } from '../identity/index.ts';
import type { Clock, Counter, Log, Meter, Random, Timer } from '../ports/index.ts';
import { FewAtOnce } from './few-at-once.ts';

/** How often an issuer's keys are fetched anew, milliseconds, give or take a tenth. */
export const REFRESH_MS = 300_000;
/** Keys that could not be fetched anew for so long are dropped: their issuer may have withdrawn them. */
export const MAX_AGE_MS = 3_600_000;
/** After a failure, milliseconds: doubled with each up to {@link REFRESH_MS}. */
const FIRST_RETRY_MS = 2_000;
/** Whoever shows a token of an unknown key causes no more than one fetch in so long. */
export const MIN_INTERVAL_MS = 30_000;
/** Issuers that are asked at a time. */
const MAX_QUESTIONS = 4;
const JITTER = 0.1;

export interface IssuerKeysParts {
  /** The text at an address, within bounds, or why not. */
  readonly ask: (uri: string) => Promise<string>;
  /** Keys are others than before. */
  readonly changed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

interface Place {
  readonly uri: string;
  keys: readonly PublicJwk[];
  failures: number;
  askedAt: number;
  /** The answer is still to come, or it waits for its turn behind issuers that are slow. */
  isAsked: boolean;
  next: Timer | undefined;
  /** When what is held is too old. */
  end: Timer | undefined;
}

/**
 * The keys of issuers that publish them. An issuer has those that it published last, or, when they cannot be
 * fetched, soon none: never any others (CVE-2026-31837), and its tokens are refused then.
 */
export class IssuerKeys {
  readonly #parts: IssuerKeysParts;
  readonly #places = new Map<string, Place>();
  readonly #questions = new FewAtOnce(MAX_QUESTIONS);
  readonly #fetched: Counter<'result'>;

  constructor(parts: IssuerKeysParts) {
    this.#parts = parts;
    this.#fetched = parts.meter.counter({
      name: 'selvage_issuer_keys_fetched_total',
      help: 'Key sets of issuers that were fetched, by result',
      labels: ['result'],
    });
  }

  /** Which addresses count now; what others held is forgotten. */
  follow(uris: readonly string[]): void {
    const wanted = new Set(uris);
    for (const place of this.#places.values()) if (!wanted.has(place.uri)) this.#forget(place);
    for (const uri of wanted) {
      if (this.#places.has(uri)) continue;
      const nothing = { keys: [], failures: 0, isAsked: false, next: undefined, end: undefined };
      const place = { uri, ...nothing, askedAt: Number.NEGATIVE_INFINITY };
      this.#places.set(uri, place);
      this.#ask(place);
    }
  }

  /** The keys at an address; none while they are not known. */
  keysAt(uri: string): readonly PublicJwk[] {
    return this.#places.get(uri)?.keys ?? [];
  }

  /** Some token names a key that nobody knows: issuers may have newer ones. */
  lookAgain(): void {
    const now = this.#parts.clock.monotonic();
    for (const place of this.#places.values()) {
      if (now - place.askedAt >= MIN_INTERVAL_MS) this.#ask(place);
    }
  }

  stop(): void {
    for (const place of this.#places.values()) this.#forget(place);
  }

  #forget(place: Place): void {
    place.next?.cancel();
    place.end?.cancel();
    this.#places.delete(place.uri);
  }

  #ask(place: Place): void {
    if (place.isAsked) return;
    place.next?.cancel();
    place.isAsked = true;
    place.askedAt = this.#parts.clock.monotonic();
    this.#questions
      .run(async () => readKeySet(await this.#parts.ask(place.uri)))
      .finally(() => {
        place.isAsked = false;
      })
      .then(
        (read) => (read.ok ? this.#take(place, read.value) : this.#failed(place, read.error)),
        (error: unknown) =>
          this.#failed(place, error instanceof Error ? error.message : `${error}`),
      );
  }

  #take(place: Place, keys: readonly PublicJwk[]): void {
    if (this.#places.get(place.uri) !== place) return; // it does not count any more
    this.#fetched.add({ result: 'fetched' });
    place.failures = 0;
    place.end?.cancel();
    place.end = this.#parts.clock.after(MAX_AGE_MS, () => this.#drop(place));
    this.#again(place, REFRESH_MS);
    this.#hold(place, keys);
  }

  #failed(place: Place, reason: string): void {
    if (this.#places.get(place.uri) !== place) return;
    this.#fetched.add({ result: 'failed' });
    place.failures += 1;
    const { uri, keys, failures } = place;
    this.#parts.log.warn('keys of an issuer not fetched', { uri, reason, keys: keys.length });
    this.#again(place, Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16), REFRESH_MS));
  }

  #drop(place: Place): void {
    this.#parts.log.error('keys of an issuer dropped: they are too old', { uri: place.uri });
    this.#hold(place, []);
  }

  #again(place: Place, delayMs: number): void {
    const { clock, random } = this.#parts;
    const jitter = 1 + JITTER * (2 * random.fraction() - 1);
    place.next?.cancel();
    place.next = clock.after(delayMs * jitter, () => this.#ask(place));
  }

  #hold(place: Place, keys: readonly PublicJwk[]): void {
    if (JSON.stringify(keys) === JSON.stringify(place.keys)) return;
    place.keys = keys;
    this.#parts.log.info('keys of an issuer', { uri: place.uri, keys: keys.length });
    this.#parts.changed();
  }
}
