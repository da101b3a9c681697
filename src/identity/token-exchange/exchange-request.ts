import { err, ok, type Result } from '../../core/index.ts';

/** What a workload asks for: a token for another audience, for itself or for the person it acts for. */
export type ExchangeRequest = {
  /** Whom the new token is for. */
  readonly audience: string;
} & (
  | {
      readonly kind: 'workload';
      /** A JWT-SVID of the workload. */
      readonly subjectToken: string;
    }
  | {
      readonly kind: 'user';
      /** Of the person. */
      readonly subjectToken: string;
      /** A JWT-SVID of the workload that acts. */
      readonly actorToken: string;
    }
);

/** Closed: metric labels, and the `error` of RFC 6749 section 5.2 and RFC 8693 section 2.2.2. */
export type ExchangeError =
  | 'invalid_request'
  | 'invalid_target'
  | 'invalid_scope'
  | 'unsupported_grant_type';

export interface ExchangeRefusal {
  readonly error: ExchangeError;
  /** In words, for the one who asked; without a token. */
  readonly detail: string;
}

export const refuseExchange = (error: ExchangeError, detail: string) =>
  err<ExchangeRefusal>({ error, detail });

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TYPE = 'urn:ietf:params:oauth:token-type:';
/** What each kind of exchange takes and gives (RFC 8693 section 3). */
export const TOKEN_TYPES = {
  workload: { subject: [`${TYPE}jwt`], issued: `${TYPE}jwt` },
  user: {
    subject: [`${TYPE}access_token`, `${TYPE}id_token`, `${TYPE}jwt`],
    issued: `${TYPE}access_token`,
  },
} as const;

/**
 * Reads the form of a token exchange (RFC 8693 section 2.1). A parameter that stands there twice is an error
 * (RFC 6749 section 3.2): two readers would take two different ones.
 */
export function readExchangeForm(form: URLSearchParams): Result<ExchangeRequest, ExchangeRefusal> {
  // All at once: anybody may send thousands of names, and to look each up among all takes a fifth of a second.
  if (new Set(form.keys()).size < form.size)
    return refuseExchange('invalid_request', 'a parameter is there twice');
  const value = (name: string): string | undefined => form.get(name) || undefined; // empty is omitted
  if (value('grant_type') !== GRANT_TYPE) {
    return refuseExchange('unsupported_grant_type', `grant_type must be ${GRANT_TYPE}`);
  }
  if (value('scope') !== undefined)
    return refuseExchange('invalid_scope', 'there are no scopes here');
  if (value('resource') !== undefined) {
    return refuseExchange('invalid_target', 'name whom the token is for by audience, not resource');
  }
  const audience = value('audience');
  return audience === undefined
    ? refuseExchange('invalid_target', 'name whom the token is for: audience')
    : readTokens(value, audience);
}

function readTokens(
  value: (name: string) => string | undefined,
  audience: string,
): Result<ExchangeRequest, ExchangeRefusal> {
  const [subjectToken, actorToken] = [value('subject_token'), value('actor_token')];
  const actorType = value('actor_token_type');
  if (subjectToken === undefined)
    return refuseExchange('invalid_request', 'subject_token is missing');
  if ((actorToken === undefined) !== (actorType === undefined)) {
    return refuseExchange('invalid_request', 'actor_token and actor_token_type go together');
  }
  const kind = actorToken === undefined ? 'workload' : 'user';
  const { subject, issued } = TOKEN_TYPES[kind];
  const [subjectType, wanted] = [value('subject_token_type'), value('requested_token_type')];
  if (!subject.some((type) => type === subjectType)) {
    return refuseExchange('invalid_request', `subject_token_type must be ${subject.join(' or ')}`);
  }
  if (actorType !== undefined && actorType !== TOKEN_TYPES.workload.issued) {
    return refuseExchange(
      'invalid_request',
      `actor_token_type must be ${TOKEN_TYPES.workload.issued}`,
    );
  }
  if (wanted !== undefined && wanted !== issued) {
    return refuseExchange('invalid_request', `what is issued is of type ${issued}`);
  }
  return ok(
    actorToken === undefined
      ? { kind: 'workload', subjectToken, audience }
      : { kind: 'user', subjectToken, actorToken, audience },
  );
}
