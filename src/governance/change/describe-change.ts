import { formatDuration, visibleText } from '../../core/index.ts';
import type { NamedKey, Signers } from '../repository/index.ts';
import type { ContentsByKind } from '../resources/index.ts';
import type { MeshSettings, PolicyFile, ServiceResource, TrustSet } from '../trust-set.ts';
import { fieldDifferences } from './field-differences.ts';
import {
  attestationItems,
  authenticationItems,
  authorityItems,
  registrationItems,
  retiringItems,
  revocationItems,
} from './identity-items.ts';
import { fieldsOf, type Item } from './item.ts';
import { textDifference } from './text-difference.ts';

/** What is in force, or would be: what {@link describeChange} compares. */
type Described = ContentsByKind & Pick<TrustSet, 'governors' | 'lists'>;

/**
 * The difference in words, a line for each: `+ service default/web (http)`, `~ policy hello`,
 * `~ service default/web (tcp): protocol http → tcp`, `- registration default/web`. Empty when nothing differs.
 */
export const describeChange = (before: Described, after: Described): string[] =>
  difference(before, after, () => []);

/**
 * The same, and below each line all of what is different: what somebody signs for whom somebody else wrote it, such as
 * the text of policies, whole keys, and who may serve as a service.
 */
export const detailChange = (before: Described, after: Described): string[] =>
  difference(before, after, (was, is) => textDifference(was, is).map((line) => `    ${line}`));

/** What is said of one thing below its name, from what it was and what it is; empty where it is not. */
type Details = (was: string, is: string) => readonly string[];

function difference(before: Described, after: Described, details: Details): string[] {
  const lines = (itemsOf: (all: Described) => readonly Item[]): string[] =>
    itemLines(itemsOf(before), itemsOf(after), details);
  return [
    ...lines(governors),
    ...thresholdLines(before, after),
    ...lines(delegations),
    ...lines((all) => authorityItems(all.authorities)),
    ...lines((all) => retiringItems(all.retiring)),
    ...lines((all) => revocationItems(all.revocations)),
    ...lines((all) => attestationItems(all.attestations)),
    ...lines(services),
    ...lines((all) => registrationItems(all.registrations)),
    ...lines((all) => authenticationItems(all.authentications)),
    ...lines(policies),
    ...settingLines(before, after),
  ].map(visibleText);
}

function itemLines(before: readonly Item[], after: readonly Item[], details: Details): string[] {
  const old = new Map(before.map((item) => [item.name, item]));
  const kept = new Set(after.map(({ name }) => name));
  const changed = after.flatMap(({ name, detail, content, fields }) => {
    const earlier = old.get(name);
    if (earlier === undefined) return [`+ ${name}${detail}`, ...details('', content)];
    if (earlier.content === content) return [];
    const what = fields === undefined ? '' : fieldDifferences(earlier.fields ?? {}, fields);
    return [`~ ${name}${detail}${what && `: ${what}`}`, ...details(earlier.content, content)];
  });
  const removed = before
    .filter(({ name }) => !kept.has(name))
    .flatMap(({ name, content }) => [`- ${name}`, ...details(content, '')]);
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
    const many = `${threshold} of ${keys.length}`;
    const whole = keys.map(({ name, publicKey }) => `${name} ${publicKey}`);
    return [
      {
        name: `delegation ${namespace}`,
        detail: ` (${many}: ${keys.map(keyWords).join(', ')})`,
        content: [many, ...whole].join('\n'),
      },
    ];
  });

const services = ({ services: all }: Described): Item[] =>
  all.map((service: ServiceResource) => ({
    name: `service ${service.key}`,
    detail: ` (${service.protocol})`,
    ...fieldsOf(service),
  }));

const policies = ({ policies: all }: Described): Item[] =>
  all.map(({ name, namespace, text }: PolicyFile) => ({
    name: `policy ${namespace === undefined ? '' : `${namespace}/`}${name}`,
    detail: '',
    content: text,
  }));

/** Each setting by the name that its resource gives it. */
function settingWords(settings: MeshSettings): Readonly<Record<string, string>> {
  const { svidLifeMs, credentialLifeMs, maxStalenessMs, whenStale } = settings;
  const { tokenIssuer = 'none', policyHeaders } = settings;
  return {
    svidLife: formatDuration(svidLifeMs),
    credentialLife: formatDuration(credentialLifeMs),
    maxStaleness: formatDuration(maxStalenessMs),
    whenStale,
    tokenIssuer,
    policyHeaders: policyHeaders.join(', ') || 'none',
  };
}

function settingLines(before: Described, after: Described): string[] {
  const [was, is] = [settingWords(before.settings), settingWords(after.settings)];
  return Object.keys(is)
    .filter((name) => was[name] !== is[name])
    .map((name) => `~ setting ${name}: ${was[name]} → ${is[name]}`);
}
