import type { Namespace, ServiceKey } from '../core/index.ts';
import { entityText, quoted } from './cedar-text.ts';
import type { HttpMethod } from './decision.ts';

/** The common cases as Cedar text, laid out as Cedar's own formatter does. */

const service = (key: ServiceKey): string => entityText('Service', key);

interface Statement {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly principal?: string;
  readonly action?: string;
  readonly resource?: string;
  /** `when { … }` or `unless { … }` */
  readonly condition?: string;
}

function statement({ id, effect, condition, ...scope }: Statement): string {
  const { principal = 'principal', action = 'action', resource = 'resource' } = scope;
  const isPlain = principal === 'principal' && action === 'action' && resource === 'resource';
  const head = isPlain
    ? `${effect} (principal, action, resource)`
    : `${effect} (\n  ${principal},\n  ${action},\n  ${resource}\n)`;
  const end = condition === undefined ? ';' : `\n${condition};`;
  return `@id(${quoted(id)})\n${head}${end}\n`;
}

const LINE_CHARACTERS = 100;

function block(word: 'when' | 'unless', parts: readonly string[]): string {
  const line = `${word} { ${parts.join(' && ')} }`;
  return line.length < LINE_CHARACTERS ? line : `${word}\n{\n  ${parts.join(' &&\n  ')}\n}`;
}

/** One service may call another: all that it offers, or some methods, or one path pattern. */
export function allowTemplate(names: {
  readonly id?: string;
  readonly from: ServiceKey;
  readonly to: ServiceKey;
  readonly methods?: readonly HttpMethod[];
  /** With `*` for anything. */
  readonly path?: string;
}): string {
  const { from, to, methods = [], path } = names;
  const actions = methods.map((method) => entityText('Action', `http:${method}`));
  const [only] = actions;
  const action =
    actions.length > 1
      ? `action in [${actions.join(', ')}]`
      : only !== undefined
        ? `action == ${only}`
        : path !== undefined
          ? 'action in Action::"http"'
          : 'action';
  return statement({
    id: names.id ?? `allow-${from}-to-${to}`,
    effect: 'permit',
    principal: `principal == ${service(from)}`,
    action,
    resource: `resource == ${service(to)}`,
    ...(path === undefined
      ? {}
      : { condition: block('when', [`context.path like ${quoted(path)}`]) }),
  });
}

/** The services of a namespace may call each other, and nobody else may call them. */
export function isolateNamespaceTemplate(names: {
  readonly id?: string;
  readonly namespace: Namespace;
}): string {
  const own = entityText('Namespace', names.namespace);
  const id = names.id ?? `isolate-${names.namespace}`;
  return [
    statement({
      id: `${id}-inside`,
      effect: 'permit',
      principal: `principal in ${own}`,
      resource: `resource in ${own}`,
    }),
    statement({
      id,
      effect: 'forbid',
      resource: `resource in ${own}`,
      condition: block('unless', [`principal in ${own}`]),
    }),
  ].join('\n');
}

/** For a file of a namespace, which binds calls of its services only: what its head then says. */
const within = (namespace: Namespace | undefined) =>
  namespace === undefined ? {} : { resource: `resource in ${entityText('Namespace', namespace)}` };

/** A service may call these services, and no other whatever other policies permit; of `namespace` if one is named. */
export function egressAllowListTemplate(names: {
  readonly id?: string;
  readonly namespace?: Namespace;
  readonly from: ServiceKey;
  readonly to: readonly ServiceKey[];
}): string {
  const { from, to, namespace } = names;
  const id = names.id ?? `egress-of-${from}`;
  const head = { principal: `principal == ${service(from)}`, ...within(namespace) };
  const listed = block('when', [`[${to.map(service).join(', ')}].contains(resource)`]);
  return [
    statement({ id: `${id}-listed`, effect: 'permit', ...head, condition: listed }),
    statement({ id, effect: 'forbid', ...head, condition: listed.replace('when', 'unless') }),
  ].join('\n');
}

/** Nobody reaches a service without a person behind the call, of one group if one is named. */
export function requireUserTemplate(names: {
  readonly id?: string;
  readonly to: ServiceKey;
  /** `<issuer>|<group>` */
  readonly group?: string;
}): string {
  const { to, group } = names;
  return statement({
    id: names.id ?? `user-for-${to}`,
    effect: 'forbid',
    resource: `resource == ${service(to)}`,
    condition: block('unless', [
      'context has user',
      ...(group === undefined ? [] : [`context.user in ${entityText('Group', group)}`]),
    ]),
  });
}

/** A service is closed outside these hours. */
export function businessHoursTemplate(names: {
  readonly id?: string;
  readonly to: ServiceKey;
  /** Minutes after midnight. */
  readonly openMinute: number;
  readonly closeMinute: number;
  /** How far the clock on the wall is ahead of UTC, in minutes. */
  readonly utcOffsetMinutes: number;
}): string {
  const { to, openMinute, closeMinute, utcOffsetMinutes } = names;
  const clock =
    utcOffsetMinutes === 0
      ? 'context.time.toTime()'
      : `context.time.offset(${minutes(utcOffsetMinutes)}).toTime()`;
  return statement({
    id: names.id ?? `hours-of-${to}`,
    effect: 'forbid',
    resource: `resource == ${service(to)}`,
    condition: block('unless', [
      `${clock} >= ${minutes(openMinute)}`,
      `${clock} < ${minutes(closeMinute)}`,
    ]),
  });
}

/** `duration("9h30m")` */
function minutes(count: number): string {
  const [hours, rest] = [Math.trunc(Math.abs(count) / 60), Math.abs(count) % 60];
  const text = `${hours === 0 ? '' : `${hours}h`}${rest === 0 && hours > 0 ? '' : `${rest}m`}`;
  return `duration("${count < 0 ? '-' : ''}${text}")`;
}

/** Callers that the mesh holds much against are refused, by one service, by a namespace's or by all. */
export function denyAboveRiskTemplate(names: {
  readonly id?: string;
  readonly to?: ServiceKey;
  readonly namespace?: Namespace;
  /** 0 to 100; what is above it is refused. */
  readonly risk: number;
}): string {
  const { to, namespace, risk } = names;
  const whose = to ?? namespace;
  return statement({
    id: names.id ?? (whose === undefined ? 'risk-limit' : `risk-limit-of-${whose}`),
    effect: 'forbid',
    ...(to === undefined ? within(namespace) : { resource: `resource == ${service(to)}` }),
    condition: block('when', [`context.risk > ${risk}`]),
  });
}
