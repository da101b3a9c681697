import {
  err,
  ok,
  type Problem,
  parseServiceKey,
  parseSpiffeId,
  type Result,
  type SpiffeId,
  splitServiceKey,
  type TrustDomain,
  workloadSpiffeId,
} from '../../core/index.ts';
import {
  type CedarEngine,
  type Decision,
  type DecisionRequest,
  HTTP_METHODS,
  type HttpMethod,
} from '../../policy/index.ts';
import type { CaseProtocol, TestCase, TestTable } from './test-table.ts';

/** The caller's address in cases that name none: an address of documentation (RFC 5737). */
const DEFAULT_SOURCE_IP = '192.0.2.1';

/** Every difference between what a table expects and what the policies decide; empty when it holds. */
export const differences = (table: TestTable, engine: CedarEngine): readonly Problem[] =>
  table.cases.flatMap((one, index): Problem[] => {
    const title = `case ${one.name === undefined ? index + 1 : `'${one.name}'`}`;
    const problem = (field: keyof TestCase, message: string): Problem => ({
      file: table.file,
      ...table.placeOf(index, field),
      message: `${title}: ${message}`,
    });
    const request = requestOf(one, engine.trustDomain);
    if (!request.ok) return [problem(request.error.field, request.error.message)];
    const decision = engine.decide(request.value);
    if (decision.allowed !== (one.expect === 'allow')) {
      return [problem('expect', `expected ${one.expect}, but it is ${words(decision, engine)}`)];
    }
    return [
      ...(one.by === undefined || isSame(one.by, decision.policies)
        ? []
        : [problem('by', `expected by ${list(one.by)}, but it is ${words(decision, engine)}`)]),
      ...(one.audit === undefined || isSame(one.audit, decision.audit)
        ? []
        : [problem('audit', `expected ${list(one.audit)}, but it is ${list(decision.audit)}`)]),
    ];
  });

interface WrongField {
  readonly field: keyof TestCase;
  readonly message: string;
}

/** HTTP where a case says no protocol and names a part of an HTTP request, else a TCP connection. */
function requestOf(one: TestCase, trustDomain: TrustDomain): Result<DecisionRequest, WrongField> {
  const principal = principalOf(one.from, trustDomain);
  if (!principal.ok) return err({ field: 'from', message: principal.error });
  const resource = parseServiceKey(one.to);
  if (!resource.ok) return err({ field: 'to', message: resource.error });
  const { sourceIp = DEFAULT_SOURCE_IP, port, risk, time, locality, tls, user } = one;
  const shared = {
    principal: principal.value,
    resource: resource.value,
    sourceIp,
    ...(port === undefined ? {} : { port }),
    ...(risk === undefined ? {} : { risk }),
    ...(time === undefined ? {} : { timeMs: Date.parse(time) }),
    ...(locality === undefined ? {} : { locality }),
    ...(tls === undefined ? {} : { tls }),
    ...(user === undefined ? {} : { user }),
  };
  const parts = REQUEST_PARTS.filter((part) => one[part] !== undefined);
  const protocol = one.protocol ?? (parts.length === 0 ? 'tcp' : 'http');
  const odd = parts.find((part) => !PARTS_OF[protocol].includes(part));
  if (odd !== undefined) {
    return err({ field: odd, message: `a case of protocol ${protocol} has no ${odd}` });
  }
  if (protocol === 'tcp' || protocol === 'udp') {
    return ok({ ...shared, action: 'connect', protocol });
  }
  const { method = 'GET', path = '/', headers = {} } = one;
  const { host = splitServiceKey(resource.value).name } = one;
  const request = { ...shared, path, host, headers: lowerCased(headers) };
  return protocol === 'grpc'
    ? ok({ ...request, action: 'grpc' })
    : ok({ ...request, action: 'http', method: methodOf(method) });
}

const REQUEST_PARTS = ['method', 'path', 'host', 'headers'] as const;
const PARTS_OF: Readonly<Record<CaseProtocol, readonly (typeof REQUEST_PARTS)[number][]>> = {
  http: REQUEST_PARTS,
  grpc: ['path', 'host', 'headers'],
  tcp: [],
  udp: [],
};

const methodOf = (text: string): HttpMethod =>
  HTTP_METHODS.find((known) => known === text.toUpperCase()) ?? 'OTHER';

function principalOf(from: string, trustDomain: TrustDomain): Result<SpiffeId, string> {
  if (from.startsWith('spiffe://')) return parseSpiffeId(from);
  const key = parseServiceKey(from);
  if (!key.ok) return key;
  const { namespace, name } = splitServiceKey(key.value);
  return ok(workloadSpiffeId(trustDomain, namespace, name));
}

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** `denied by 'closed' (shop.cedar:9)` */
function words({ allowed, policies, errors }: Decision, engine: CedarEngine): string {
  const verdict = allowed ? 'allowed' : 'denied';
  const places = policies.map((id) => {
    const { file, line } = engine.policies.get(id) ?? { file: '?', line: 0 };
    return `'${id}' (${file}:${line})`;
  });
  const by = places.length === 0 ? 'since nothing permits it' : `by ${places.join(', ')}`;
  return errors.length === 0 ? `${verdict} ${by}` : `${verdict}: ${errors.join('; ')}`;
}

const list = (ids: readonly string[]): string =>
  ids.length === 0 ? 'none' : ids.map((id) => `'${id}'`).join(', ');

const isSame = (expected: readonly string[], found: readonly string[]): boolean =>
  [...new Set(expected)].sort().join() === [...new Set(found)].sort().join();
