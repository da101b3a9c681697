import { Lru, type NodeName, nodeSpiffeId, ok, type Result, type SpiffeId } from '../core/index.ts';
import type { AuthorityTarget } from '../governance/index.ts';
import {
  type ExchangeRefusal,
  type ExchangeRequest,
  parseAudiences,
  type SignedToken,
} from '../identity/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { NodeError } from './errors.ts';
import type { Issuance } from './issuance.ts';
import { IssuanceLimits, tooOften } from './issuance-limits.ts';
import { decodeJson } from './issuance-wire.ts';
import { TokenDesk, type TokenDeskParts } from './token-desk.ts';
import { TOKEN_PROTOCOL, type TokenRequest, tokenAnswerSchema } from './token-wire.ts';

/** JWT-SVIDs that are held for those who ask again: one for each identity and audience that is used here. */
const MAX_HELD_TOKENS = 4_096;
/** Of exchanges: what keeps strangers from making authorities work. */
export const MAX_EXCHANGES = 64;

export interface TokenIssuanceParts extends TokenDeskParts {
  readonly node: NodeName;
  readonly issuance: Pick<Issuance, 'askAny'>;
}

export interface WantedJwtSvid {
  readonly spiffeId: SpiffeId;
  readonly audiences: readonly string[];
  /** Since when the workload runs that this node attested. */
  readonly attestedAtMs: EpochMs;
}

/**
 * Gets tokens from any living authority, this node first if it is one, and answers as an authority to the other
 * members. A JWT-SVID is held until half of its life, so that a workload may ask before each of its calls.
 */
export class TokenIssuance {
  readonly #parts: TokenIssuanceParts;
  readonly #desk: TokenDesk;
  #held = new Lru<string, Held<SignedToken>>(MAX_HELD_TOKENS);
  #underWay = new Map<string, Held<Promise<SignedToken>>>();
  #exchanges = 0;
  /** By the workload that asks: what it wants too often must not take the turn of the others here. */
  readonly #limits: IssuanceLimits;

  constructor(parts: TokenIssuanceParts) {
    this.#parts = parts;
    this.#limits = new IssuanceLimits(parts.clock);
    this.#desk = new TokenDesk(parts);
  }

  /** Forgets what is held, and what is asked for: what is in force, or revoked, is other than before. */
  follow(): void {
    this.#held = new Lru(MAX_HELD_TOKENS);
    this.#underWay = new Map();
  }

  /**
   * A JWT-SVID for a workload that this node attested, with at least half of its life left; an error says what
   * is wrong with the audiences.
   *
   * @throws NodeError NO_IDENTITY_ISSUED
   */
  async jwtSvid(wanted: WantedJwtSvid): Promise<Result<SignedToken, string>> {
    const audiences = parseAudiences(wanted.audiences);
    if (!audiences.ok) return audiences;
    const { spiffeId, attestedAtMs } = wanted;
    const key = JSON.stringify([spiffeId, ...audiences.value]);
    const [held, underWay] = [this.#held, this.#underWay]; // what comes too late is held no more
    const ready = ifFor(attestedAtMs, held.get(key));
    if (ready !== undefined && this.#parts.clock.now() < halfLifeOf(ready)) return ok(ready);
    const request = { kind: 'workload', spiffeId, audiences: audiences.value } as const;
    const asked =
      ifFor(attestedAtMs, underWay.get(key)) ??
      this.#getInTime({ ...request, attestedAtMs }, spiffeId);
    underWay.set(key, { attestedAtMs, value: asked });
    try {
      const signed = await asked;
      held.set(key, { attestedAtMs, value: signed });
      return ok(signed);
    } finally {
      if (underWay.get(key)?.value === asked) underWay.delete(key);
    }
  }

  /**
   * What a token exchange gives; undefined when there are too many at a time, or of one workload. It is judged here, so that no
   * authority is bothered with what is no good, and again by the authority that signs.
   *
   * @throws NodeError NO_IDENTITY_ISSUED
   */
  async exchange(
    request: ExchangeRequest,
  ): Promise<Result<SignedToken, ExchangeRefusal> | undefined> {
    if (this.#exchanges >= MAX_EXCHANGES) return undefined;
    this.#exchanges += 1;
    try {
      return await this.#exchange(request);
    } finally {
      this.#exchanges -= 1;
    }
  }

  async #exchange(
    request: ExchangeRequest,
  ): Promise<Result<SignedToken, ExchangeRefusal> | undefined> {
    const { judge, rules, node } = this.#parts;
    const judged = await judge.exchange(request);
    if (!judged.ok) return judged;
    const { subject } = judged.value;
    const asker = subject.kind === 'user' ? subject.actors[0] : subject.spiffeId;
    if (this.#limits.ofWorkload(node, asker) > 0) return undefined;
    // Only authorities that may sign for nodes speak of people.
    const id =
      subject.kind === 'user' ? nodeSpiffeId(rules().set.trustDomain, node) : subject.spiffeId;
    return ok(await this.#get({ kind: 'exchange', request }, id));
  }

  async #getInTime(request: TokenRequest, id: SpiffeId): Promise<SignedToken> {
    const waitMs = this.#limits.ofWorkload(this.#parts.node, id);
    if (waitMs > 0) throw new NodeError('NO_IDENTITY_ISSUED', tooOften(id, waitMs));
    return await this.#get(request, id);
  }

  /**
   * From this node itself, if it is an authority and may, else from any that may sign for `id`. Those that are limited
   * to namespaces come last: only the mesh itself takes their tokens.
   */
  async #get(request: TokenRequest, id: SpiffeId): Promise<SignedToken> {
    const { node, role, rules, issuance } = this.#parts;
    const ask = (as: SpiffeId) =>
      issuance.askAny(TOKEN_PROTOCOL, { request }, readAnswer, { id: as });
    const { trustDomain, authorities } = rules().set;
    const unlimited = authorities.filter(isUnlimited);
    const isOwnUnlimited = role.target !== undefined && isUnlimited(role.target);
    if (!isOwnUnlimited && unlimited.length > 0 && unlimited.length < authorities.length) {
      const found = await ask(nodeSpiffeId(trustDomain, node)).catch(unlessNoneIssued);
      if (found !== undefined) return found;
    }
    const own = await this.#desk.sign(request, node);
    return own.ok ? own.value : await ask(id);
  }
}

const isUnlimited = ({ namespaces }: AuthorityTarget): boolean => namespaces === 'any';

function unlessNoneIssued(error: unknown): undefined {
  if (!(error instanceof NodeError)) throw error;
}

function readAnswer(bytes: Uint8Array): SignedToken {
  const answer = decodeJson(tokenAnswerSchema, bytes);
  if ('refused' in answer) throw new Error(answer.refused);
  return answer;
}

/** What was asked for by a process that runs since then. */
interface Held<T> {
  readonly attestedAtMs: EpochMs;
  readonly value: T;
}

/** One that was asked for by a younger process may have been refused to an older one. */
const ifFor = <T>(attestedAtMs: EpochMs, held: Held<T> | undefined): T | undefined =>
  held !== undefined && held.attestedAtMs <= attestedAtMs ? held.value : undefined;

const halfLifeOf = ({ issuedAt, expiresAt }: SignedToken): number => (issuedAt + expiresAt) / 2;
