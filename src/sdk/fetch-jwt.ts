import { parseSpiffeId, type SpiffeId } from '../core/index.ts';
import { SpiffeWorkloadAPI } from '../workload-api/index.ts';
import { SdkError } from './errors.ts';
import { WorkloadClient } from './workload-client.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

export interface JwtOptions {
  /** `unix:///path` or `tcp://IP:port`; without it what SPIFFE_ENDPOINT_SOCKET says. */
  readonly endpoint?: string;
  /** Milliseconds; 10,000 if not said. */
  readonly timeoutMs?: number;
}

/** Whose a token is, and what it says. */
export interface JwtClaims {
  readonly spiffeId: SpiffeId;
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * A JWT-SVID of this program (JWS, compact), to be shown to `audience` and to nobody else. It lives five
 * minutes: fetch one for each use, the node keeps them at hand.
 *
 * @throws SdkError ENDPOINT_MISSING, ENDPOINT_MALFORMED, IDENTITY_DENIED, REQUEST_REFUSED, API_UNAVAILABLE
 */
export async function fetchJwt(
  audience: string | readonly string[],
  options: JwtOptions & { readonly spiffeId?: string } = {},
): Promise<string> {
  const wanted = typeof audience === 'string' ? [audience] : [...audience];
  const request = { audience: wanted, spiffeId: options.spiffeId ?? '' };
  const { svids } = await asking(options, (client, timeoutMs) =>
    client.ask(SpiffeWorkloadAPI.method.fetchJWTSVID, request, timeoutMs),
  );
  const [first] = svids;
  if (first === undefined) throw new SdkError('IDENTITY_DENIED', 'the Workload API gave no token');
  return first.svid;
}

/**
 * Whose `token` is, when it is a good JWT-SVID for `audience`, as the node judges it.
 *
 * @throws SdkError REQUEST_REFUSED when it is none; ENDPOINT_MISSING, ENDPOINT_MALFORMED, IDENTITY_DENIED,
 * API_UNAVAILABLE
 */
export async function validateJwt(
  token: string,
  audience: string,
  options: JwtOptions = {},
): Promise<JwtClaims> {
  const { spiffeId, claims } = await asking(options, (client, timeoutMs) =>
    client.ask(SpiffeWorkloadAPI.method.validateJWTSVID, { audience, svid: token }, timeoutMs),
  );
  const id = parseSpiffeId(spiffeId);
  if (!id.ok) throw new SdkError('REQUEST_REFUSED', id.error);
  return { spiffeId: id.value, claims: claims ?? {} };
}

async function asking<Answer>(
  { endpoint, timeoutMs = DEFAULT_TIMEOUT_MS }: JwtOptions,
  ask: (client: WorkloadClient, timeoutMs: number) => Promise<Answer>,
): Promise<Answer> {
  const client = new WorkloadClient(endpoint);
  try {
    return await ask(client, timeoutMs);
  } finally {
    client.close();
  }
}
