import fc from 'fast-check';
import { LITERALS, NAMES, quoted, type Type } from './literals.ts';

export type Text = fc.Arbitrary<string>;
type Of = (type: Type | 'any') => Text;

export const text = (parts: TemplateStringsArray, ...inner: readonly Text[]): Text =>
  fc.tuple(...inner).map((texts) => `(${String.raw({ raw: parts }, ...texts)})`);

/** One operand on both sides, so that operators meet equal values. */
const twice = (operand: Text, operator: Text): Text =>
  fc.tuple(operand, operator).map(([side, between]) => `(${side} ${between} ${side})`);

export const word = (...words: readonly string[]): Text => fc.constantFrom(...words);

const anyName = fc.constantFrom(...Object.values(NAMES));
export const entityType = word('U', 'G', 'R', 'Action', 'N::T', 'T');
const variable = word('principal', 'action', 'resource');
const pattern = word(
  ...['""', '"*"', '"a*"', '"*b"', '"a*b"', '"*a*"', '"a\\*b"'],
  ...['"\\**"', '"**"', '"*😀"', '"a*/*c"', '"*a*b*"'],
);
const order = word('<', '<=', '>', '>=');
const anyOrder = word('<', '<=', '>', '>=', '==', '!=');
const decimalOrder = word('lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual');
const UNITS = ['toMilliseconds()', 'toSeconds()', 'toMinutes()', 'toHours()', 'toDays()'];
const unit = word(...UNITS);
const nextUnits = fc.constantFrom(...UNITS.slice(1).map((next, index) => [UNITS[index], next]));
const edge = word(
  '9223372036854775807',
  '-9223372036854775808',
  '3037000500',
  '9007199254740991',
  '2',
);
/** One number in several ways, all beyond 2^53. */
const bigSquare = word(
  '3037000499 * 3037000499',
  '-3037000499 * -3037000499',
  '3037000499 * 3037000498 + 3037000499',
  '9223372030926249001',
);
const smallSet = fc
  .subarray(['1', '2', '"a"', 'U::"a"', '[1]', 'ip("::1")', '{n: 1}'])
  .map((members) => `[${members.join(', ')}]`);

/** What gives a value of each type, from parts that `of` gives. */
const FORMS: Readonly<Record<Type, (of: Of) => Text[]>> = {
  bool: (of) => [
    text`!${of('bool')}`,
    text`${of('bool')} && ${of('bool')}`,
    text`${of('bool')} || ${of('bool')}`,
    text`${of('any')} ${word('==', '!=')} ${of('any')}`,
    ...TYPES.map((type) => text`${of(type)} ${word('==', '!=')} ${of(type)}`),
    ...TYPES.map((type) => twice(of(type), word('==', '!='))),
    text`(${of('bool')} ${word('&&', '||')} ${of('any')}) != ${of('any')}`,
    ...(['long', 'datetime', 'duration'] as const).flatMap((type) => [
      text`${of(type)} ${order} ${of(type)}`,
      twice(of(type), order),
      twice(LITERALS[type], order),
    ]),
    text`${bigSquare} ${anyOrder} ${bigSquare}`,
    text`${LITERALS.duration}.${unit} ${order} ${word('0', '-1', '1', '24', '26', '90')}`,
    text`${of('duration')}.${unit} != ${of('any')}`,
    fc
      .tuple(LITERALS.duration, nextUnits)
      .map(([duration, [one, next]]) => `(${duration}.${one} == ${duration}.${next})`),
    text`${LITERALS.datetime}.toDate() ${order} ${LITERALS.datetime}`,
    text`${smallSet}.contains(${word('1', '"a"', 'U::"a"', '[1]', 'ip("::1")')})`,
    text`${smallSet}.${word('containsAll', 'containsAny')}(${smallSet})`,
    text`${of('entity')} in ${of('entity')}`,
    text`${of('entity')} in [${of('entity')}, ${of('entity')}]`,
    text`${of('entity')} in ${of('set')}`,
    text`${of('entity')} is ${entityType}`,
    text`${of('entity')} is ${entityType} in ${of('entity')}`,
    text`${of('entity')} has ${anyName.map(quoted)}`,
    text`${of('record')} has ${anyName.map(quoted)}`,
    text`${of('record')} has r.${word('n', 's', 'r.s', 'e.n')}`,
    text`${of('entity')} has ${word('r.n', 'e.b', 'e.e.n', 'r.r.s', 'n.n')}`,
    text`context has ${anyName.map(quoted)}`,
    text`context has ${word('r.n', 'e.b', 'e.r.s', 'r.r.s', 's.n')}`,
    text`${of('text')} like ${pattern}`,
    text`${of('set')}.contains(${of('any')})`,
    text`${of('set')}.${word('containsAll', 'containsAny')}(${of('set')})`,
    text`${of('set')}.isEmpty()`,
    text`${of('entity')}.hasTag(${of('text')})`,
    text`${of('ip')}.${word('isIpv4', 'isIpv6', 'isLoopback', 'isMulticast')}()`,
    text`${of('ip')}.isInRange(${of('ip')})`,
    text`${of('decimal')}.${decimalOrder}(${of('decimal')})`,
    fc
      .tuple(LITERALS.decimal, decimalOrder)
      .map(([decimal, method]) => `(${decimal}.${method}(${decimal}))`),
  ],
  long: (of) => [
    text`${of('long')} ${word('+', '-', '*')} ${of('long')}`,
    text`-${of('long')}`,
    text`-(${edge})`,
    text`${edge} ${word('+', '-', '*')} ${edge}`,
    text`${of('duration')}.${unit}`,
  ],
  text: () => [],
  entity: () => [],
  set: (of) => [
    text`[${of('any')}, ${of('any')}]`,
    text`[${of('long')}, ${of('long')}, ${of('text')}]`,
    text`[${of('entity')}, ${of('ip')}]`,
  ],
  record: (of) => [
    text`{${anyName.map(quoted)}: ${of('any')}}`,
    text`{n: ${of('long')}, r: ${of('record')}, e: ${of('entity')}}`,
    fc.constant('context'),
  ],
  ip: (of) => [text`ip(${of('text')})`],
  decimal: (of) => [text`decimal(${of('text')})`],
  datetime: (of) => [
    text`${of('datetime')}.offset(${of('duration')})`,
    text`${of('datetime')}.toDate()`,
  ],
  duration: (of) => [
    text`${of('datetime')}.toTime()`,
    text`${of('datetime')}.durationSince(${of('datetime')})`,
  ],
};
const TYPES = Object.keys(FORMS) as readonly Type[]; // FORMS has no other keys

/** An attribute or a tag that has this type when its owner keeps to the names. */
const lookups = (type: Type, of: Of): Text[] => [
  fc.constant(`context.${NAMES[type]}`),
  text`${variable}.${fc.constant(NAMES[type])}`,
  text`${of('record')}[${fc.constant(quoted(NAMES[type]))}]`,
  text`${of('entity')}.${fc.constant(NAMES[type])}`,
  text`${of('entity')}.getTag(${fc.constant(quoted(NAMES[type]))})`,
];

const leaf = (type: Type | 'any'): Text =>
  type === 'any'
    ? fc.oneof(...Object.values(LITERALS))
    : fc.oneof({ arbitrary: LITERALS[type], weight: 3 }, fc.constant(`context.${NAMES[type]}`));

/** One operator on values as they stand, and what it gives compared at most: a wrong result shows in the answer. */
const simpleCondition = fc.oneof(
  { arbitrary: fc.oneof(...FORMS.bool(leaf)), weight: 2 },
  fc.oneof(
    ...(['long', 'datetime', 'duration'] as const).map(
      (type) => text`${fc.oneof(...FORMS[type](leaf))} ${anyOrder} ${LITERALS[type]}`,
    ),
  ),
);

/** Boolean expressions, at most some levels deep, one in 25 of their parts of whatever type. */
const deepCondition: Text = fc.letrec<Record<Type | 'any', string>>((tie) => {
  const options = { maxDepth: 4, depthIdentifier: 'cedar', withCrossShrink: true } as const;
  const proper = (type: Type): Text => {
    const of: Of = (inner) => tie(inner);
    const forms = [
      ...FORMS[type](of).map((arbitrary) => ({ arbitrary, weight: 3 })),
      ...lookups(type, of).map((arbitrary) => ({ arbitrary, weight: 2 })),
      { arbitrary: text`if ${of('bool')} then ${of(type)} else ${of(type)}`, weight: 1 },
      ...(type === 'entity' ? [{ arbitrary: variable, weight: 8 }] : []),
    ];
    return fc.oneof(options, { arbitrary: LITERALS[type], weight: 8 }, ...forms);
  };
  const any = fc.oneof(
    options,
    ...TYPES.map((type) => LITERALS[type]),
    ...TYPES.map((type) => tie(type)),
  );
  const typed = TYPES.map((type): [Type, Text] => [
    type,
    fc.oneof({ arbitrary: proper(type), weight: 24 }, { arbitrary: tie('any'), weight: 1 }),
  ]);
  // Every type has its entry, and `any` is added.
  return { ...(Object.fromEntries(typed) as Record<Type, Text>), any };
}).bool;

export const condition: Text = fc.oneof(deepCondition, simpleCondition);
