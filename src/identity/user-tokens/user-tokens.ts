import { byText, Lru, Shares, type SpiffeId } from '../../core/index.ts';
import { Revocations, type Revoked, sha256Hex, verifyJws } from '../../crypto/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter } from '../../ports/index.ts';
import { judgeToken, type PlausibleToken, type TokenFacts } from './judge-token.ts';
import type { RequestAuthentication } from './request-authentication.ts';
import { TokenGrounds } from './token-grounds.ts';
import type { EndUser, TokenVerdict } from './token-verdict.ts';

/** Longest token that is read: one with 200 groups fits, and a header of HTTP has hardly more room. */
export const MAX_USER_TOKEN_BYTES = 8_192;
/** Users at a time whose tokens need no second check; one takes about 1 KiB. */
export const MAX_GOOD_TOKENS = 4_096;
/** Forged tokens that are remembered, apart from the good ones: a flood of them pushes nobody out. */
export const MAX_FORGED_TOKENS = 1_024;
/** How long a forged token is refused unseen, milliseconds. */
const FORGED_LIFE_MS = 5_000;
/**
 * Signatures that are checked at a time, each 0.1 to 0.8 ms of CPU; whoever brings tokens has half of what the others leave,
 * and what goes beyond is refused.
 */
export const MAX_PENDING_TOKENS = 512;

type Refusal = Extract<TokenVerdict, { ok: false }>;

export interface UserTokensParts {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  /** Told of each token of a known issuer whose key is not known: there may be a newer one. */
  readonly unknownKey?: () => void;
}

/** What is known under one configuration. Keys are SHA-256 of tokens: no token is kept. */
class CheckedTokens {
  readonly good = new Lru<string, Extract<TokenVerdict, { ok: true }>>(MAX_GOOD_TOKENS);
  readonly forgedUntil = new Lru<string, EpochMs>(MAX_FORGED_TOKENS);
  readonly pending = new Map<string, Promise<TokenVerdict>>();
  /** Of {@link pending}, by who brought the token. */
  readonly places = new Shares<SpiffeId | undefined>(MAX_PENDING_TOKENS);
}

/** Says of a bearer token (RFC 6750) who the end user is, by the keys that the governors signed. */
export class UserTokens {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #checked: Counter<'result'>;
  readonly #unknownKey: () => void;
  #facts: TokenFacts = { authentications: [], revocations: Revocations.none };
  #known = new CheckedTokens();
  /** Of those whom good verdicts named, for as long as somebody holds these. */
  readonly #grounds = new WeakMap<EndUser, TokenGrounds>();

  constructor({ clock, meter, log, unknownKey = () => undefined }: UserTokensParts) {
    this.#clock = clock;
    this.#log = log;
    this.#unknownKey = unknownKey;
    this.#checked = meter.counter({
      name: 'selvage_user_tokens_checked_total',
      help: "End users' tokens that were checked, by what was found",
      labels: ['result'],
    });
  }

  /** Whether any issuer is known; without one a token means nothing here. */
  get isConfigured(): boolean {
    return this.#facts.authentications.length > 0;
  }

  /**
   * Replaces whose tokens are taken, and what of those who act for people is `revoked`. When that differs, everything is
   * checked again, what is under way as well.
   */
  configure(
    authentications: readonly RequestAuthentication[],
    revoked: readonly Revoked[] = [],
  ): void {
    const workloads = revoked.filter(({ kind }) => kind === 'workload');
    const next: TokenFacts = {
      authentications: authentications.toSorted(byText(({ name }) => name)),
      revocations: new Revocations(workloads, []),
    };
    if (isAlike(next, this.#facts)) return;
    this.#facts = next;
    this.#known = new CheckedTokens();
  }

  /**
   * What `token` (without `Bearer `) says. Answers at once for one that was found good before and for most
   * bad ones; else a promise, the same for all that ask about this token meanwhile, which never rejects. `from`: the
   * workload that brought it, whose forged tokens are not to keep those of others from being checked.
   */
  check(token: string, from?: SpiffeId): TokenVerdict | Promise<TokenVerdict> {
    const bytes = Buffer.from(token);
    if (bytes.length > MAX_USER_TOKEN_BYTES) return this.#told(refuse('too-large'));
    const digest = sha256Hex(bytes);
    const now = this.#clock.now();
    const { good, forgedUntil, pending, places } = this.#known;
    const held = good.get(digest);
    if (held !== undefined && now < held.expiresAt) return this.#told(held);
    if (now < (forgedUntil.get(digest) ?? 0)) return this.#told(refuse('bad-signature'));
    const underWay = pending.get(digest);
    if (underWay !== undefined) return underWay;
    const plausible = judgeToken(token, this.#facts, now);
    if (!plausible.ok) {
      if (plausible.error === 'unknown-key') this.#unknownKey();
      return this.#told(refuse(plausible.error));
    }
    if (!places.take(from)) return this.#told(refuse('overloaded'));
    const verdict = this.#verify(digest, plausible.value, from);
    pending.set(digest, verdict);
    return verdict;
  }

  /** Whether what said who `user` is, of a verdict of {@link check}, still counts; when it ends is left to who holds it. */
  stands(user: EndUser): boolean {
    return this.#grounds.get(user)?.standBy(this.#facts) === true;
  }

  async #verify(
    digest: string,
    token: PlausibleToken,
    from: SpiffeId | undefined,
  ): Promise<TokenVerdict> {
    const known = this.#known;
    const { user, expiresAt, jws, key, algorithm } = token;
    try {
      const isGenuine = (await verifyJws(jws, key, algorithm)) !== undefined;
      if (known !== this.#known) return this.check(jws.compact, from);
      if (!isGenuine) {
        known.forgedUntil.set(digest, this.#clock.now() + FORGED_LIFE_MS);
        return this.#told(refuse('bad-signature'));
      }
      const verdict = { ok: true, user, expiresAt } as const;
      this.#grounds.set(user, new TokenGrounds(token, this.#facts));
      known.good.set(digest, verdict);
      return this.#told(verdict);
    } catch (error) {
      this.#log.error('a token could not be checked', { issuer: user.issuer, error });
      return this.#told(refuse('check-failed'));
    } finally {
      known.pending.delete(digest);
      known.places.giveBack(from);
    }
  }

  #told<Verdict extends TokenVerdict>(verdict: Verdict): Verdict {
    this.#checked.add({ result: verdict.ok ? 'accepted' : verdict.reason });
    return verdict;
  }
}

const isAlike = (a: TokenFacts, b: TokenFacts): boolean =>
  JSON.stringify([a.authentications, a.revocations.lists.all]) ===
  JSON.stringify([b.authentications, b.revocations.lists.all]);

const refuse = (reason: Refusal['reason']): Refusal => ({ ok: false, reason });
