import type { TrustStore } from '../governance/index.ts';
import { type RequestAuthentication, UserTokens } from '../identity/index.ts';
import type { Timer } from '../ports/index.ts';
import { IssuerKeys, type IssuerKeysParts } from './issuer-keys.ts';
import { TokenIssuance, type TokenIssuanceParts } from './token-issuance.ts';
import { TokenJudge } from './token-judge.ts';
import { TokenRules } from './token-rules.ts';

/** How often it is looked whether a token key of the mesh has come to its end, milliseconds. */
const END_OF_KEYS_MS = 30_000;

export interface TokenPlaneParts
  extends Omit<TokenIssuanceParts, 'rules' | 'judge'>,
    Pick<IssuerKeysParts, 'ask' | 'meter'> {
  readonly trust: Pick<TrustStore, 'current'>;
}

/** All that a node does with tokens: whose count, with which keys, and where workloads get theirs. */
export class TokenPlane {
  readonly issuance: TokenIssuance;
  readonly judge: TokenJudge;
  readonly #parts: TokenPlaneParts;
  readonly #keys: IssuerKeys;
  readonly #users: UserTokens;
  readonly #rounds: Timer;
  readonly #told: (() => void)[] = [];
  #rules: TokenRules;
  #authentications: readonly RequestAuthentication[] = [];

  constructor(parts: TokenPlaneParts) {
    this.#parts = parts;
    this.#rules = new TokenRules(parts.trust.current());
    this.#keys = new IssuerKeys({ ...parts, changed: () => this.#reconfigure() });
    this.#users = new UserTokens({ ...parts, unknownKey: () => this.#keys.lookAgain() });
    const rules = () => this.#rules;
    this.judge = new TokenJudge({ ...parts, rules, users: this.#users });
    this.issuance = new TokenIssuance({ ...parts, rules, judge: this.judge });
    this.#rounds = parts.clock.every(END_OF_KEYS_MS, () => this.#reconfigure());
    this.follow();
  }

  /** Takes up what is in force. */
  follow(): void {
    this.#rules = new TokenRules(this.#parts.trust.current());
    for (const problem of this.#rules.bundle.problems) {
      this.#parts.log.error('token key unusable', { problem });
    }
    this.issuance.follow();
    this.#keys.follow(this.#rules.keyAddresses);
    this.#reconfigure();
  }

  /** What tokens are made and judged by now. */
  get rules(): TokenRules {
    return this.#rules;
  }

  /** Whose tokens of people are taken, with the keys that each has now: what sidecars check by. */
  get authentications(): readonly RequestAuthentication[] {
    return this.#authentications;
  }

  /** Calls back when {@link authentications} are others than before. */
  onChange(changed: () => void): void {
    this.#told.push(changed);
  }

  /** A sidecar met a token of a key that nobody knows: issuers may have newer ones. */
  lookAgain(): void {
    this.#keys.lookAgain();
  }

  stop(): void {
    this.#rounds.cancel();
    this.#keys.stop();
  }

  #reconfigure(): void {
    const keysAt = (uri: string) => this.#keys.keysAt(uri);
    const now = this.#rules.authentications(keysAt, this.#parts.clock.now());
    this.#users.configure(now, this.#rules.set.revocations);
    if (JSON.stringify(now) === JSON.stringify(this.#authentications)) return;
    this.#authentications = now;
    for (const changed of this.#told) changed();
  }
}
