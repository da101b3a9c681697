import fc from 'fast-check';
import type { ValueJson } from '../value/index.ts';
import {
  ACTIONS,
  DATETIMES,
  DECIMALS,
  DURATIONS,
  ENTITIES,
  GHOST,
  IPS,
  NAMES,
  NAMESPACES,
  TEXTS,
  type Type,
} from './literals.ts';
import { policy } from './policies.ts';

/** Random entities and requests in Cedar's JSON form, for random policies. */

export interface NameJson {
  readonly type: string;
  readonly id: string;
}

export interface EntityJson {
  readonly uid: NameJson;
  readonly attrs: Readonly<Record<string, ValueJson>>;
  readonly tags: Readonly<Record<string, ValueJson>>;
  readonly parents: readonly NameJson[];
}

export interface RequestJson {
  readonly principal: NameJson;
  readonly action: NameJson;
  readonly resource: NameJson;
  readonly context: Readonly<Record<string, ValueJson>>;
}

/** Policies by id, and requests that all meet the same policies and entities. */
export interface Batch {
  readonly policies: Readonly<Record<string, string>>;
  /** The namespaces that some of them are confined to, by the policies' ids. */
  readonly confined: Readonly<Record<string, string>>;
  readonly entities: readonly EntityJson[];
  readonly requests: readonly RequestJson[];
}

/** `T::"id"` as its two parts. */
export function nameOf(uid: string): NameJson {
  const at = uid.lastIndexOf('::');
  return { type: uid.slice(0, at), id: uid.slice(at + 3, -1) };
}

const name = fc.constantFrom(...ENTITIES, GHOST).map(nameOf);
const extension = (fn: string, texts: readonly string[]): fc.Arbitrary<ValueJson> =>
  fc.constantFrom(...texts).map((arg) => ({ __extn: { fn, arg } }));

const scalars: Readonly<Record<Exclude<Type, 'set' | 'record'>, fc.Arbitrary<ValueJson>>> = {
  bool: fc.boolean(),
  long: fc.constantFrom(0, 1, 2, -1, 1000, 2 ** 53 - 1, 1 - 2 ** 53),
  text: fc.constantFrom(...TEXTS),
  entity: name.map(({ type, id }) => ({ __entity: { type, id } })),
  ip: extension('ip', IPS),
  decimal: extension('decimal', DECIMALS),
  datetime: extension('datetime', DATETIMES),
  duration: extension('duration', DURATIONS),
};
const { datetime: _, duration: __, ...quick } = scalars;
const scalar = fc.oneof(...Object.values(quick));
const set = fc.array(scalar, { maxLength: 3 });

const attributes = (inner: readonly [string, fc.Arbitrary<ValueJson>][]) =>
  fc
    .tuple(...inner.map(([key, value]) => fc.option(fc.tuple(fc.constant(key), value))))
    // Object.fromEntries makes `__proto__` a name like any other.
    .map((fields) => Object.fromEntries(fields.filter((field) => field !== null)));

const flat: [string, fc.Arbitrary<ValueJson>][] = [
  ...Object.entries(scalars).map(([type, value]): [string, fc.Arbitrary<ValueJson>] => [
    NAMES[type as keyof typeof scalars], // the keys of `scalars`
    fc.oneof({ arbitrary: value, weight: 12 }, scalar),
  ]),
  [NAMES.set, set],
  [NAMES.odd, scalar],
  [NAMES.proto, scalar],
];
const record = attributes([...flat.slice(0, 4), [NAMES.record, attributes(flat.slice(0, 4))]]);
const anyAttributes = attributes([...flat, [NAMES.record, record]]);
/** Instants and spans take the official engine a tenth of a millisecond each, in every entity, at every request. */
const quickAttributes = attributes([
  ...flat.filter(([key]) => key !== NAMES.datetime && key !== NAMES.duration),
  [NAMES.record, record],
]);
const fewTags = attributes(flat.slice(0, 4));

/** Each is in some of those behind it only, so that none is inside itself. */
const ORDER = [...ENTITIES.filter((uid) => !uid.startsWith('G')), 'G::"g"', 'G::"h"', GHOST];

const entity = (uid: string, above: readonly string[]): fc.Arbitrary<EntityJson> =>
  fc.record({
    uid: fc.constant(nameOf(uid)),
    attrs: quickAttributes,
    tags: fewTags,
    parents: fc.subarray(above.map(nameOf)),
  });

export const entities: fc.Arbitrary<EntityJson[]> = fc
  .tuple(
    ...ORDER.slice(0, -1).map((uid, index) => fc.option(entity(uid, ORDER.slice(index + 1)))),
    ...ACTIONS.slice(0, 2).map((uid) => fc.option(entity(uid, [ACTIONS[2]]))),
  )
  .map((all) => all.filter((one) => one !== null));

export const request: fc.Arbitrary<RequestJson> = fc.record({
  principal: fc.oneof(fc.constantFrom('U::"a"', 'U::"b"').map(nameOf), name),
  action: fc.constantFrom(...ACTIONS).map(nameOf),
  resource: fc.oneof(fc.constantFrom('R::"x"', 'Service::"n/s"').map(nameOf), name),
  context: anyAttributes,
});

const BATCH = { policies: 20, requests: 8 } as const;

export const batch: fc.Arbitrary<Batch> = fc.record({
  policies: fc
    .array(policy, { minLength: 1, maxLength: BATCH.policies, size: 'max' })
    .map((texts) => Object.fromEntries(texts.map((text, index) => [`p${index}`, text]))),
  confined: fc
    .array(fc.option(fc.constantFrom(...NAMESPACES), { freq: 1 }), { maxLength: BATCH.policies })
    .map((names) =>
      Object.fromEntries(names.flatMap((name, i) => (name ? [[`p${i}`, name]] : []))),
    ),
  entities,
  requests: fc.array(request, { minLength: BATCH.requests, maxLength: BATCH.requests }),
});

export const REQUESTS_PER_BATCH = BATCH.requests;
