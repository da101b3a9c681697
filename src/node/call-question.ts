import type { Explain } from '../admin/index.ts';
import {
  closest,
  parseServiceKey,
  parseSpiffeId,
  type ServiceKey,
  type SpiffeId,
  splitServiceKey,
  workloadSpiffeId,
} from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import {
  type DecisionRequest,
  grpcCallOf,
  HTTP_METHODS,
  type HttpMethod,
} from '../policy/index.ts';
import { NodeError } from './errors.ts';

/** The address that is asked about when none is given: the caller and the service on one host. */
const DEFAULT_SOURCE_IP = '127.0.0.1';

/**
 * A person's question about a call as the policies in force see it; what it leaves out is as in a plain call now.
 *
 * @throws NodeError SERVICE_UNKNOWN, NAME_INVALID
 */
export function decisionRequestOf(
  question: Explain,
  trust: TrustSet,
  nowMs: number,
): DecisionRequest {
  const resource = serviceKeyOf(question.to);
  const service = trust.services.find(({ key }) => key === resource);
  if (service === undefined) {
    const near = closest(
      resource,
      trust.services.map(({ key }) => key),
    );
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    throw new NodeError('SERVICE_UNKNOWN', `no service ${resource} is in force${meant}`);
  }
  const { sourceIp = DEFAULT_SOURCE_IP, time, port, risk, locality, user, headers } = question;
  const shared = {
    principal: principalOf(question.from, trust),
    resource,
    sourceIp,
    timeMs: time === undefined ? nowMs : Date.parse(time),
    ...(port === undefined ? {} : { port }),
    ...(risk === undefined ? {} : { risk }),
    ...(locality === undefined ? {} : { locality }),
    ...(user === undefined ? {} : { user }),
  };
  const request = {
    ...shared,
    path: question.path ?? '/',
    host: question.host ?? splitServiceKey(resource).name,
    ...(headers === undefined ? {} : { headers }),
  };
  switch (service.protocol) {
    case 'tcp':
    case 'udp':
      return { ...shared, action: 'connect', protocol: service.protocol };
    case 'grpc':
      return { ...request, action: 'grpc' };
    case 'http':
    case 'http2':
    case 'auto':
      return { ...request, action: 'http', method: methodOf(question.method ?? 'GET') };
  }
}

/** The context of a request as a person reads it. */
export function contextLines(request: DecisionRequest): Record<string, string> {
  const { sourceIp, port, timeMs, risk, locality, user } = request;
  return {
    ...ownLines(request),
    sourceIp,
    ...(port === undefined ? {} : { port: String(port) }),
    ...(timeMs === undefined ? {} : { time: new Date(timeMs).toISOString() }),
    risk: String(risk ?? 0),
    ...(locality === undefined ? {} : { locality }),
    ...(user === undefined ? {} : { user: `${user.issuer}|${user.subject}` }),
  };
}

/**
 * That nobody can be the caller, in words, with the one that may be meant: a misspelt name is answered like any other.
 * Undefined where a registration gives the name, or where it is another trust domain's to give.
 */
export function callerProblem(
  principal: SpiffeId,
  { trustDomain, registrations }: TrustSet,
): string | undefined {
  const known = registrations.map(({ spiffeId }) => spiffeId);
  if (known.includes(principal) || !principal.startsWith(`spiffe://${trustDomain}/`))
    return undefined;
  const near = closest(principal, known);
  const meant = near === undefined ? '' : `: did you mean ${near}?`;
  return `no registration is for ${principal}${meant}`;
}

function ownLines(request: DecisionRequest): Record<string, string> {
  if (request.action === 'connect') return { protocol: request.protocol };
  const { action, path, host, headers = {} } = request;
  const named = Object.entries(headers).map(([name, value]) => [`headers["${name}"]`, value]);
  return {
    ...(action === 'grpc' ? grpcCallOf(path) : {}),
    path,
    host,
    ...Object.fromEntries(named),
  };
}

function principalOf(from: string, { trustDomain }: TrustSet): SpiffeId {
  if (from.startsWith('spiffe://')) {
    const id = parseSpiffeId(from);
    if (id.ok) return id.value;
    throw new NodeError('NAME_INVALID', id.error);
  }
  const { namespace, name } = splitServiceKey(serviceKeyOf(from));
  return workloadSpiffeId(trustDomain, namespace, name);
}

function serviceKeyOf(text: string): ServiceKey {
  const key = parseServiceKey(text);
  if (key.ok) return key.value;
  throw new NodeError('NAME_INVALID', key.error);
}

const methodOf = (text: string): HttpMethod =>
  HTTP_METHODS.find((method) => method === text.toUpperCase()) ?? 'OTHER';
