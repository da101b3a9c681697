import type { TrustBundle } from '../crypto/index.ts';
import {
  bundleDocument,
  type ExchangeError,
  jwksDocument,
  readExchangeForm,
  type SignedToken,
  TOKEN_TYPES,
} from '../identity/index.ts';
import type { Clock, Counter, Log, Meter } from '../ports/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import { NodeError } from './errors.ts';
import type { TokenPlane } from './token-plane.ts';

/** How long others may keep a document, seconds: half of what keys are known before they sign. */
const DOCUMENT_AGE_SECONDS = 300;
const FORM = 'application/x-www-form-urlencoded';

/** Closed: these are metric labels. */
type Endpoint = 'discovery' | 'keys' | 'bundle' | 'token';
type Outcome = 'answered' | 'overloaded' | 'unavailable' | ExchangeError;

export interface TokenEndpointsParts {
  readonly plane: Pick<TokenPlane, 'rules' | 'issuance'>;
  /** CA certificates in force. */
  readonly bundle: () => TrustBundle;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * What a mesh says to those outside of it: OpenID discovery and keys, its SPIFFE bundle, and the exchange of
 * tokens (RFC 8693). Nobody signs in: what is read is public, and an exchange is judged by its tokens.
 */
export class TokenEndpoints {
  readonly #parts: TokenEndpointsParts;
  readonly #limitedLog: LimitedLog;
  readonly #requests: Counter<'endpoint' | 'result'>;

  constructor(parts: TokenEndpointsParts) {
    this.#parts = parts;
    this.#limitedLog = new LimitedLog(parts.log, parts.clock);
    this.#requests = parts.meter.counter({
      name: 'selvage_token_requests_total',
      help: 'Requests to the token service, by endpoint and result',
      labels: ['endpoint', 'result'],
    });
  }

  readonly answer = async (request: Request): Promise<Response> => {
    const { issuer } = this.#parts.plane.rules;
    if (issuer === undefined) {
      return problem(503, 'temporarily_unavailable', 'the mesh has no tokenIssuer in its settings');
    }
    const { pathname } = new URL(request.url);
    const base = new URL(issuer).pathname.replace(/\/$/, '');
    const endpoint = pathname.startsWith(base) ? ENDPOINTS[pathname.slice(base.length)] : undefined;
    if (endpoint === undefined) return problem(404, 'not_found', 'there is nothing here');
    const allowed = endpoint === 'token' ? ['POST'] : ['GET', 'HEAD'];
    if (!allowed.includes(request.method)) {
      const refusal = problem(405, 'invalid_request', `only ${allowed.join(' and ')}`);
      refusal.headers.set('allow', allowed.join(', '));
      return refusal;
    }
    if (endpoint === 'token') return await this.#exchange(request);
    this.#requests.add({ endpoint, result: 'answered' });
    return Response.json(this.#document(endpoint, issuer), {
      headers: { 'cache-control': `public, max-age=${DOCUMENT_AGE_SECONDS}` },
    });
  };

  #document(endpoint: Exclude<Endpoint, 'token'>, issuer: string): object {
    const { plane, bundle, clock } = this.#parts;
    const now = clock.now();
    switch (endpoint) {
      case 'discovery':
        return discovery(issuer);
      case 'keys':
        return jwksDocument(plane.rules.bundle, now);
      case 'bundle':
        return bundleDocument(plane.rules.bundleContent(bundle(), now), now);
    }
  }

  async #exchange(request: Request): Promise<Response> {
    const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== FORM) return this.#refuse('invalid_request', `send a form as ${FORM}`);
    const form = readExchangeForm(new URLSearchParams(await request.text()));
    if (!form.ok) return this.#refuse(form.error.error, form.error.detail);
    try {
      const given = await this.#parts.plane.issuance.exchange(form.value);
      if (given === undefined) return this.#later('overloaded', 'too many exchanges at a time');
      if (!given.ok) return this.#refuse(given.error.error, given.error.detail);
      this.#told('answered');
      return this.#given(given.value, form.value.kind);
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      this.#parts.log.warn('token not exchanged', { error });
      return this.#later('unavailable', 'no authority signs it now');
    }
  }

  /** RFC 8693 section 2.2.1. */
  #given({ token, expiresAt }: SignedToken, kind: keyof typeof TOKEN_TYPES): Response {
    const body = {
      access_token: token,
      issued_token_type: TOKEN_TYPES[kind].issued,
      token_type: kind === 'user' ? 'Bearer' : 'N_A', // a JWT-SVID says who asks, and opens nothing by itself
      expires_in: Math.max(0, Math.floor((expiresAt - this.#parts.clock.now()) / 1_000)),
    };
    return Response.json(body, { headers: UNSTORED });
  }

  #refuse(error: ExchangeError, detail: string): Response {
    this.#told(error);
    this.#limitedLog.info('token exchange refused', error, { detail });
    return problem(400, error, detail);
  }

  #later(outcome: 'overloaded' | 'unavailable', detail: string): Response {
    this.#told(outcome);
    const answer = problem(503, 'temporarily_unavailable', detail);
    answer.headers.set('retry-after', '1');
    return answer;
  }

  #told(result: Outcome): void {
    this.#requests.add({ endpoint: 'token', result });
  }
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = Object.assign(Object.create(null), {
  '/.well-known/openid-configuration': 'discovery',
  '/keys': 'keys',
  '/bundle': 'bundle',
  '/token': 'token',
});

const UNSTORED = { 'cache-control': 'no-store', pragma: 'no-cache' };

/** RFC 6749 section 5.2. */
const problem = (status: number, error: string, detail: string): Response =>
  Response.json({ error, error_description: detail }, { status, headers: UNSTORED });

/** OpenID Connect Discovery section 3, as far as it is about tokens that nobody signs in for; RFC 8414. */
const discovery = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/keys`,
  token_endpoint: `${issuer}/token`,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  token_endpoint_auth_methods_supported: ['none'],
  claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'act'],
});
