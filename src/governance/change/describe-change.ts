import { formatDuration } from '../../core/index.ts';
import type { Registration, RequestAuthentication } from '../../identity/index.ts';
import type { NamedKey, Signers } from '../repository/index.ts';
import type { AuthorityTarget, PolicyFile, ServiceResource, TrustSet } from '../trust-set.ts';

/** What is in force, or would be: what {@link describeChange} compares. */
type Described = Pick<
  TrustSet,
  | 'governors'
  | 'lists'
  | 'authorities'
  | 'services'
  | 'registrations'
  | 'authentications'
  | 'policies'
  | 'settings'
>;

/**
 * The difference in words, a line for each: `+ service default/web (http)`, `~ policy hello`,
 * `- registration default/web`. Empty when nothing differs.
 */
export function describeChange(before: Described, after: Described): string[] {
  return [
    ...lines(governors(before), governors(after)),
    ...thresholdLines(before, after),
    ...lines(delegations(before), delegations(after)),
    ...lines(authorities(before), authorities(after)),
    ...lines(services(before), services(after)),
    ...lines(registrations(before), registrations(after)),
    ...lines(authentications(before), authentications(after)),
    ...lines(policies(before), policies(after)),
    ...settingLines(before, after),
  ];
}

/** One thing: how it is called, what is said of it when it is new, and all that makes it equal. */
interface Item {
  readonly name: string;
  readonly detail: string;
  readonly content: string;
}

function lines(before: readonly Item[], after: readonly Item[]): string[] {
  const old = new Map(before.map((item) => [item.name, item]));
  const kept = new Set(after.map(({ name }) => name));
  const changed = after.flatMap(({ name, detail, content }) => {
    const earlier = old.get(name);
    if (earlier === undefined) return [`+ ${name}${detail}`];
    return earlier.content === content ? [] : [`~ ${name}${detail}`];
  });
  const removed = before.filter(({ name }) => !kept.has(name)).map(({ name }) => `- ${name}`);
  return [...changed, ...removed];
}

/** A name can be anybody's: the beginning of the key is told with it. */
const keyWords = ({ name, publicKey }: NamedKey): string => `${name} ${publicKey.slice(0, 16)}`;

const governors = ({ governors: { keys } }: Described): Item[] =>
  keys.map((key) => ({
    name: `governor ${key.name}`,
    detail: ` (key ${key.publicKey.slice(0, 16)})`,
    content: key.publicKey,
  }));

function thresholdLines(
  { governors: before }: Described,
  { governors: after }: Described,
): string[] {
  const words = ({ threshold, keys }: Signers): string => `${threshold} of ${keys.length}`;
  return words(before) === words(after)
    ? []
    : [`~ governors who must sign: ${words(before)} → ${words(after)}`];
}

const delegations = ({ lists }: Described): Item[] =>
  lists.flatMap(({ namespace, keys, threshold }) => {
    if (namespace === undefined) return [];
    const team = `${threshold} of ${keys.length}: ${keys.map(keyWords).join(', ')}`;
    return [{ name: `delegation ${namespace}`, detail: ` (${team})`, content: team }];
  });

const authorities = ({ authorities: all }: Described): Item[] =>
  all.map((authority: AuthorityTarget) => ({
    name: `authority ${authority.node}`,
    detail: '',
    content: JSON.stringify(authority),
  }));

const services = ({ services: all }: Described): Item[] =>
  all.map((service: ServiceResource) => ({
    name: `service ${service.key}`,
    detail: ` (${service.protocol})`,
    content: JSON.stringify(service),
  }));

const registrations = ({ registrations: all }: Described): Item[] =>
  all.map((registration: Registration) => ({
    name: `registration ${registration.key}`,
    detail: ` (uid ${registration.selectors.uid}, ${nodesOf(registration)})`,
    content: JSON.stringify(registration),
  }));

const nodesOf = ({ nodes }: Registration): string =>
  nodes === 'any' ? 'any node' : nodes.join(', ');

const authentications = ({ authentications: all }: Described): Item[] =>
  all.map((authentication: RequestAuthentication) => ({
    name: `authentication ${authentication.name}`,
    detail: ` (${authentication.issuer})`,
    content: JSON.stringify(authentication),
  }));

const policies = ({ policies: all }: Described): Item[] =>
  all.map(({ name, namespace, text }: PolicyFile) => ({
    name: `policy ${namespace === undefined ? '' : `${namespace}/`}${name}`,
    detail: '',
    content: text,
  }));

function settingLines({ settings: before }: Described, { settings: after }: Described): string[] {
  const line = (name: string, was: string, is: string): string[] =>
    was === is ? [] : [`~ setting ${name}: ${was} → ${is}`];
  const list = (names: readonly string[]): string => names.join(', ') || 'none';
  return [
    ...line('svidLife', formatDuration(before.svidLifeMs), formatDuration(after.svidLifeMs)),
    ...line(
      'credentialLife',
      formatDuration(before.credentialLifeMs),
      formatDuration(after.credentialLifeMs),
    ),
    ...line(
      'maxStaleness',
      formatDuration(before.maxStalenessMs),
      formatDuration(after.maxStalenessMs),
    ),
    ...line('whenStale', before.whenStale, after.whenStale),
    ...line('policyHeaders', list(before.policyHeaders), list(after.policyHeaders)),
  ];
}
