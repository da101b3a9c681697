import type { Expression, Variable } from '../decision-program.ts';
import {
  binaryFunctions,
  binaryOperators,
  unaryFunctions,
  unaryOperators,
} from '../value/index.ts';
import { fieldOf, type Json, type JsonObject, listOf, objectOf, textOf } from './cedar-json.ts';
import { Refusal } from './refusal.ts';
import { entityNameOf } from './scope.ts';

export type Reader = (json: Json | undefined) => Expression;

/** Reads what stands under the key that names a form. */
type Form = (read: Reader, body: Json) => Expression;

type UnaryName = (Expression & { op: 'unary' })['operator'];
type BinaryName = (Expression & { op: 'binary' })['operator'];

const ENTITY_OPERATORS = ['in', 'hasTag', 'getTag'] as const;

const literal: Form = (_, body) => {
  if (typeof body === 'boolean' || typeof body === 'string') return { op: 'literal', value: body };
  if (typeof body !== 'number') return { op: 'entity', ...entityNameOf(body) };
  if (!Number.isSafeInteger(body)) throw new Refusal(`${body} is no safe integer`);
  return { op: 'literal', value: body };
};

const VARIABLES: readonly Variable[] = ['principal', 'action', 'resource', 'context'];

const variable: Form = (_, body) => {
  const name = VARIABLES.find((known) => known === body);
  if (name === undefined) throw new Refusal(`the variable ${JSON.stringify(body)} is not known`);
  return { op: 'variable', name };
};

const sides = (read: Reader, body: Json): { left: Expression; right: Expression } => {
  const object = objectOf(body);
  return { left: read(fieldOf(object, 'left')), right: read(fieldOf(object, 'right')) };
};

const choice: Form = (read, body) => {
  const object = objectOf(body);
  return {
    op: 'if',
    condition: read(fieldOf(object, 'if')),
    whenTrue: read(fieldOf(object, 'then')),
    whenFalse: read(fieldOf(object, 'else')),
  };
};

const left = (read: Reader, object: JsonObject): Expression => read(fieldOf(object, 'left'));

const attribute: Form = (read, body) => {
  const object = objectOf(body);
  return { op: 'attribute', of: left(read, object), name: textOf(fieldOf(object, 'attr')) };
};

const has: Form = (read, body) => {
  const object = objectOf(body);
  const attr = fieldOf(object, 'attr');
  const names = typeof attr === 'string' ? [attr] : listOf(attr).map(textOf);
  return { op: 'has', of: left(read, object), names };
};

const like: Form = (read, body) => {
  const object = objectOf(body);
  let texts = [''];
  for (const element of listOf(fieldOf(object, 'pattern'))) {
    if (element === 'Wildcard') texts.push('');
    else texts = [...texts.slice(0, -1), `${texts.at(-1)}${textOf(objectOf(element).Literal)}`];
  }
  return { op: 'like', of: left(read, object), texts };
};

const is: Form = (read, body) => {
  const object = objectOf(body);
  const within = fieldOf(object, 'in');
  return {
    op: 'is',
    of: left(read, object),
    type: textOf(fieldOf(object, 'entity_type')),
    ...(within === undefined ? {} : { in: read(within) }),
  };
};

const record: Form = (read, body) => ({
  op: 'record',
  fields: Object.entries(objectOf(body)).map(([name, field]) => [name, read(field)] as const),
});

const argument = (body: Json, index: number, count: number): Json | undefined => {
  const list = listOf(body);
  if (list.length !== count) throw new Refusal(`${list.length} arguments where ${count} belong`);
  return list[index];
};

const unaryOperator = (operator: UnaryName): [string, Form] => [
  operator,
  (read, body) => ({ op: 'unary', operator, of: read(fieldOf(objectOf(body), 'arg')) }),
];

const unaryFunction = (operator: UnaryName): [string, Form] => [
  operator,
  (read, body) => ({ op: 'unary', operator, of: read(argument(body, 0, 1)) }),
];

const binaryOperator = (operator: BinaryName): [string, Form] => [
  operator,
  (read, body) => ({ op: 'binary', operator, ...sides(read, body) }),
];

const binaryFunction = (operator: BinaryName): [string, Form] => [
  operator,
  (read, body) => ({
    op: 'binary',
    operator,
    left: read(argument(body, 0, 2)),
    right: read(argument(body, 1, 2)),
  }),
];

const keysOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[]; // they hold no other keys

/**
 * Cedar's forms by the key that names each in its JSON
 * (https://docs.cedarpolicy.com/policies/json-format.html#conditions).
 */
export const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['Value', literal],
  ['Var', variable],
  ['&&', (read, body) => ({ op: 'and', ...sides(read, body) })],
  ['||', (read, body) => ({ op: 'or', ...sides(read, body) })],
  ['if-then-else', choice],
  ['.', attribute],
  ['has', has],
  ['like', like],
  ['is', is],
  ['Set', (read, body) => ({ op: 'set', members: listOf(body).map(read) })],
  ['Record', record],
  ...keysOf(unaryOperators).map(unaryOperator),
  ...keysOf(unaryFunctions).map(unaryFunction),
  ...keysOf(binaryOperators).map(binaryOperator),
  ...ENTITY_OPERATORS.map(binaryOperator),
  ...keysOf(binaryFunctions).map(binaryFunction),
]);
