import fc from 'fast-check';

/** Texts of literals, with a bias to values that meet each other and to the edges of their types. */

export const ENTITIES = [
  'U::"a"',
  'U::"b"',
  'G::"g"',
  'G::"h"',
  'R::"x"',
  'N::T::"z"',
  'Service::"n/s"',
  'Namespace::"n"',
] as const;
/** What some policies are confined to: the namespace of these entities, and one that nothing is in. */
export const NAMESPACES = ['n', 'n', 'm'] as const;
export const ACTIONS = ['Action::"read"', 'Action::"write"', 'Action::"all"'] as const;
/** Never in an entity store, but perhaps somebody's parent. */
export const GHOST = 'G::"ghost"';

/** One attribute per type by its name, and two that may be of any. */
export const NAMES = {
  bool: 'b',
  long: 'n',
  text: 's',
  entity: 'e',
  set: 'ss',
  record: 'r',
  ip: 'ip',
  decimal: 'dec',
  datetime: 'dt',
  duration: 'dur',
  odd: 'odd name',
  proto: '__proto__',
} as const;
export type Type = Exclude<keyof typeof NAMES, 'odd' | 'proto'>;

const words = (text: string): string[] => text.trim().split(/\s+/);

const LONGS = words(`0 1 2 3 -1 -2 1000 3037000500 -3037000500 4611686018427387904
  9007199254740991 -9007199254740991 9007199254740992 9007199254740993 -9007199254740993
  9223372036854775806 9223372036854775807 -9223372036854775808`);
export const TEXTS = ['', 'a', 'b', 'ab', 'aab', 'a*b', 'a/b/c', '😀', 'é', 'a"b', 'b\\', '1', 'n'];
export const IPS = words(`10.0.0.1 10.0.0.0/8 10.0.0.1/32 10.0.0.2/8 10.128.0.0/9 0.0.0.0/0 0.0.0.0
  127.0.0.1 127.0.0.1/7 127.1.2.3/8 224.0.0.1 224.0.0.0/3 239.255.255.255/4
  ::1 ::1/127 :: ::/0 ff02::1 ff00::/7 ff00::/8 fe80::1 1:2:3:4:5:6:7:: 0:0:0:0:0:0:0:1
  ::ffff:a00:1 2001:DB8::/32 2001:db8::5 1:2:3:4:5:6:7:8/128`);
const NO_IPS =
  words(`1.2.3 1.2.3.4.5 256.0.0.1 01.2.3.4 1.2.3.4/33 1.2.3.4/08 1.2.3.4/ 1.2.3.4/8/9 1.2.3.
  ::1/129 1::2::3 1:2:3:4:5:6:7::8 12345:: g:: ::: :1 1: ::ffff:1.2.3.4 ::1%0 1.2.3.4/+8 ::/0128
  1..2.3 /8 1:2:3:4:5:6:7 ٣.1.1.1`);
export const DECIMALS = words(`0.0 -0.0 1.0 1.00 1.2345 -1.2345 -0.5 0.5 00001.1
  922337203685477.5807 -922337203685477.5808 900719925474.0993`);
const NO_DECIMALS = words(`1 1. .1 +1.0 1.12345 1.00000 922337203685477.5808 -922337203685477.5809
  99999999999999999999.0 --1.0 1,0 1.0.0 ٣.٣`);
export const DATETIMES = words(`1970-01-01 1969-12-31 1970-01-01T00:00:00Z 1969-12-31T23:59:59.999Z
  2024-02-29 2024-02-29T12:30:00.500+0130 2024-02-29T11:00:00.500Z 0000-01-01 9999-12-31 1900-03-01
  2000-02-29 2024-12-31T23:59:59-2359 0000-03-01T00:00:00+2359 1600-02-29 2024-02-29T00:00:00-0000`);
const NO_DATETIMES =
  words(`2024-02-30 2023-02-29 1900-02-29 2024-13-01 2024-00-01 2024-01-00 2024-1-01
  24-01-01 2024-01-01T00:00Z 2024-01-01T00:00:00 2024-01-01T24:00:00Z 2024-01-01T00:60:00Z
  2024-01-01T00:00:60Z 2024-01-01T00:00:00.1Z 2024-01-01T00:00:00z 2024-01-01T00:00:00+2400
  2024-01-01T00:00:00+0060 2024-04-31 12024-01-01 2024-01-01T00:00:00+01:00 2024-01-01Z`);
export const DURATIONS = words(`0ms 1ms -1ms 1s 1000ms 60s 1h 1d 24h -1d 1d2h3m4s5ms -1d2h 1m1ms 90m
  00001d -0s -1500ms 9223372036854775807ms -9223372036854775808ms 106751991167d -106751991167d`);
const NO_DURATIONS =
  words(`- 1 1h1d 1D +1d 9223372036854775808ms -9223372036854775809ms 106751991168d
  1d1d 1ms1s 0d-1h 99999999999999999999999d 1.5h ٣d`);

/** A Cedar string literal. */
export const quoted = (text: string): string => JSON.stringify(text);

/** A constructor with a text that it mostly takes. */
const constructed = (name: string, good: readonly string[], bad: readonly string[]) =>
  fc
    .oneof(
      { weight: 5, arbitrary: fc.constantFrom(...good) },
      fc.constantFrom(...bad, '', ` ${good[0]}`, `${good[0]} `),
    )
    .map((text) => `${name}(${quoted(text)})`);

export const entity = fc.constantFrom(...ENTITIES, ...ACTIONS, GHOST);

export const LITERALS: Readonly<Record<Type, fc.Arbitrary<string>>> = {
  bool: fc.constantFrom('true', 'false'),
  long: fc.constantFrom(...LONGS).map((digits) => `(${digits})`),
  text: fc.constantFrom(...TEXTS).map(quoted),
  entity,
  set: fc.constantFrom('[]', '[1, 2]', '["a", "b"]', '[U::"a", G::"g"]', '[[1], []]', '[{a: 1}]'),
  record: fc.constantFrom('{}', '{n: 1}', '{"odd name": 2, s: "a"}', '{r: {n: 1, r: {s: ""}}}'),
  ip: constructed('ip', IPS, NO_IPS),
  decimal: constructed('decimal', DECIMALS, NO_DECIMALS),
  datetime: constructed('datetime', DATETIMES, NO_DATETIMES),
  duration: constructed('duration', DURATIONS, NO_DURATIONS),
};
