import type { Gate } from '../gate.ts';
import type { MeshView } from '../mesh-view.ts';
import type { Permission } from '../permission.ts';
import { bearerToken, type TokenVerdict } from '../users.ts';
import { Exchange } from './exchange.ts';
import type { ClientHalf } from './halves.ts';
import type { Hop } from './hop.ts';
import type { RequestHead } from './message.ts';
import { malformed, type Reply } from './reply.ts';

/** Begins the exchange of a request that came from `sourceIp`, and decides whether it goes on. */
export function beginExchange(
  request: RequestHead,
  client: ClientHalf,
  ended: boolean,
  hop: Hop,
  sourceIp: string,
): Exchange {
  const named = request.host === '' ? { ...request, host: hop.defaultHost } : request;
  const exchange = new Exchange(named, hop, client, ended);
  hop.gate.runtime.exchanges.begun(exchange);
  if (request.method === 'CONNECT') hop.gate.metrics.opened();
  admit(exchange, hop, sourceIp);
  return exchange;
}

/**
 * Decides whether a request goes on: what policies may read of it, who the end user is, what the policies
 * say. Ends in a lease or in a reply; later, if a token must be checked first.
 */
function admit(exchange: Exchange, hop: Hop, sourceIp: string): void {
  const { gate } = hop;
  const { request } = exchange;
  const { mesh, users } = gate.runtime;
  const { view } = mesh;
  const refusal =
    view === undefined
      ? NOT_READY
      : (fullness(gate) ?? staleness(gate, view) ?? hop.refusal(view, request));
  if (view === undefined || refusal !== undefined) {
    exchange.reply(refusal ?? NOT_READY);
    return;
  }
  const seen = view.decidingFields.read(request.fields);
  if (!seen.ok) {
    gate.runtime.limitedLog.info('refused a request', seen.error, { ...gate.metrics.labels });
    exchange.reply(malformed(seen.error));
    return;
  }
  const { headers, authorization } = seen.value;
  const permission =
    request.method === 'CONNECT'
      ? gate.connection(sourceIp)
      : gate.request(request, sourceIp, headers);
  const token = bearerToken(authorization);
  if (permission === undefined) exchange.reply(NOT_READY);
  else if (token === undefined) decide(exchange, hop, permission);
  else identify(exchange, hop, permission, users.check(token, permission.principal));
}

/** Readers that stand still hold so much that nothing new is to be begun. */
const fullness = ({ runtime, caller }: Gate): Reply | undefined =>
  runtime.census.heldBytes <= runtime.maxHeldBytes
    ? undefined
    : caller === undefined // an application that asks is told of no retry
      ? FULL
      : { ...FULL, retry: 'safe' };

/** By this host's clock; before anything of the request is read. */
function staleness(gate: Gate, view: MeshView): Reply | undefined {
  if (!view.isStale(gate.runtime.clock.now())) return undefined;
  gate.deniedAsStale();
  return STALE;
}

function identify(
  exchange: Exchange,
  hop: Hop,
  permission: Permission,
  verdict: TokenVerdict | Promise<TokenVerdict>,
): void {
  if (verdict instanceof Promise) {
    exchange.awaitServer();
    verdict.then(
      (settled) => identify(exchange, hop, permission, settled),
      (error: unknown) => {
        hop.gate.runtime.log.error('a token could not be checked', { error });
        identify(exchange, hop, permission, { ok: false, reason: 'check-failed' });
      },
    );
  } else if (exchange.over) {
    // The client left, or the time was up.
  } else if (verdict.ok) {
    permission.actsFor(verdict.user, verdict.expiresAt);
    decide(exchange, hop, permission);
  } else {
    const { runtime, metrics } = hop.gate;
    runtime.limitedLog.info('refused a token', verdict.reason, { ...metrics.labels });
    exchange.reply(refusedToken(verdict.reason));
  }
}

function decide(exchange: Exchange, hop: Hop, permission: Permission): void {
  if (!permission.ask()) {
    exchange.reply(hop.denial);
    return;
  }
  exchange.permission = permission;
  hop.lease(exchange);
}

/** Verdicts that say nothing about the token. */
const UNCHECKED: ReadonlySet<string> = new Set(['overloaded', 'check-failed']);

const refusedToken = (reason: string): Reply =>
  UNCHECKED.has(reason)
    ? TOKEN_NOT_CHECKED
    : {
        status: 401,
        reason: 'invalid-token',
        text: `the bearer token is not accepted: ${reason}`,
        challenge: true,
      };

const NOT_READY: Reply = {
  status: 503,
  reason: 'not-ready',
  text: 'this sidecar has no identity or no snapshot from its node yet',
};
const STALE: Reply = {
  status: 403,
  reason: 'trust-stale',
  text: 'no authority has been heard of for too long, and the rules of this mesh deny all calls then',
};
const FULL: Reply = {
  status: 503,
  reason: 'overloaded',
  text: 'this sidecar holds as much for slow readers as it may',
};
const TOKEN_NOT_CHECKED: Reply = {
  status: 503,
  reason: 'token-not-checked',
  text: 'the bearer token could not be checked now',
};
