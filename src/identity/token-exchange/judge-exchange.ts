import { ok, type Result } from '../../core/index.ts';
import type { EpochMs } from '../../ports/index.ts';
import {
  type JwtSvidClaims,
  type JwtSvidRefusal,
  parseAudiences,
  type TokenSubject,
} from '../jwt-svid/index.ts';
import { MAX_ACTORS, type UserTokens } from '../user-tokens/index.ts';
import { type ExchangeRefusal, type ExchangeRequest, refuseExchange } from './exchange-request.ts';

/** What exchanges are judged by. */
export interface ExchangeRules {
  /** This mesh as an issuer: whom the tokens that are handed in must be meant for. */
  readonly issuer: string;
  /** Whether a JWT-SVID proves a workload's identity to an audience. */
  readonly check: (
    token: string,
    audience: string,
  ) => Promise<Result<JwtSvidClaims, JwtSvidRefusal>>;
  readonly users: Pick<UserTokens, 'check'>;
  /** Whom a person's token may be made for. */
  readonly userAudiences: readonly string[];
}

/** What may be signed for an exchange. */
export interface ExchangeOrder {
  readonly subject: TokenSubject;
  readonly audiences: readonly [string];
  /** An exchange prolongs nothing: what it gives ends no later than what was handed in. */
  readonly untilMs: EpochMs;
}

type Judged<T> = Result<T, ExchangeRefusal>;

/**
 * Decides on a token exchange. A workload gets tokens for itself alone, for whomever it likes, as it could by
 * fetching one; a person's token is made only for audiences that the governors listed, and only with a
 * workload that acts. Everything else is refused. Never throws.
 */
export async function judgeExchange(
  request: ExchangeRequest,
  rules: ExchangeRules,
): Promise<Judged<ExchangeOrder>> {
  const asked = parseAudiences([request.audience]);
  if (!asked.ok) return refuseExchange('invalid_target', asked.error);
  const audiences = [request.audience] as const;
  const isUser = request.kind === 'user';
  const workload = await proven(isUser ? request.actorToken : request.subjectToken, rules);
  if (!workload.ok) return workload;
  const { spiffeId, expiresAt } = workload.value;
  if (!isUser) {
    return ok({ subject: { kind: 'workload', spiffeId }, audiences, untilMs: expiresAt });
  }
  if (!rules.userAudiences.includes(request.audience)) {
    return refuseExchange('invalid_target', 'no tokens of people are made for this audience');
  }
  const verdict = await rules.users.check(request.subjectToken, spiffeId);
  if (!verdict.ok) return refuseExchange('invalid_request', `subject_token: ${verdict.reason}`);
  const { user } = verdict;
  const before = user.actors ?? [];
  if (before.length >= MAX_ACTORS) {
    return refuseExchange('invalid_request', `more than ${MAX_ACTORS} would act for one person`);
  }
  const untilMs = Math.min(expiresAt, verdict.expiresAt);
  const actors = [spiffeId, ...before] as const;
  return ok({ subject: { kind: 'user', user, actors }, audiences, untilMs });
}

/**
 * Which workload asks. Its token must be meant for this exchange alone: one that is meant for others too could
 * be handed in by any of them.
 */
async function proven(
  token: string,
  { check, issuer }: ExchangeRules,
): Promise<Judged<JwtSvidClaims>> {
  const checked = await check(token, issuer);
  if (!checked.ok) return refuseExchange('invalid_request', `JWT-SVID: ${checked.error.reason}`);
  return checked.value.audiences.length === 1
    ? checked
    : refuseExchange('invalid_request', 'JWT-SVID: it is meant for others too');
}
