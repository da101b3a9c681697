import type { Result } from '../core/index.ts';
import {
  type ExchangeOrder,
  type ExchangeRefusal,
  type ExchangeRequest,
  type JwtSvidClaims,
  type JwtSvidRefusal,
  judgeExchange,
  refuseExchange,
  type UserTokens,
  verifyJwtSvid,
} from '../identity/index.ts';
import type { Clock, Counter, Meter } from '../ports/index.ts';
import type { TokenRules } from './token-rules.ts';

export interface TokenJudgeParts {
  readonly rules: () => TokenRules;
  readonly users: Pick<UserTokens, 'check'>;
  readonly clock: Clock;
  readonly meter: Meter;
}

/** What this node holds of tokens that it is shown, by what is in force; all that it finds is counted. */
export class TokenJudge {
  readonly #parts: TokenJudgeParts;
  readonly #checked: Counter<'result'>;

  constructor(parts: TokenJudgeParts) {
    this.#parts = parts;
    this.#checked = parts.meter.counter({
      name: 'selvage_jwt_svids_checked_total',
      help: 'JWT-SVIDs that were checked, by what was found',
      labels: ['result'],
    });
  }

  /** Whether a JWT-SVID proves a workload's identity to `audience`. */
  readonly check = async (
    token: string,
    audience: string,
  ): Promise<Result<JwtSvidClaims, JwtSvidRefusal>> => {
    const { rules, clock } = this.#parts;
    const checked = await verifyJwtSvid(token, rules().bundle, { audience, now: clock.now() });
    this.#checked.add({ result: checked.ok ? 'accepted' : checked.error.reason });
    return checked;
  };

  /** What may be signed for an exchange. */
  async exchange(request: ExchangeRequest): Promise<Result<ExchangeOrder, ExchangeRefusal>> {
    const { rules, users } = this.#parts;
    const { issuer, userAudiences } = rules();
    if (issuer === undefined) {
      return refuseExchange('invalid_target', 'the mesh has no tokenIssuer in its settings');
    }
    return await judgeExchange(request, { issuer, userAudiences, users, check: this.check });
  }
}
