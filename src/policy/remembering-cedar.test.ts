import { expect, test } from 'bun:test';
import { cedarWasm } from '../platform/index.ts';
import type { Cedar } from './cedar.ts';
import { loadCedar } from './cedar-on-demand.ts';
import { rememberingCedar } from './remembering-cedar.ts';
import { policySchema } from './schema.ts';

const GOOD = 'permit(principal, action, resource);';
const WRONG = 'permit(principal, action, resource) when { context.nothing == 1 };';
const BROKEN = 'permit(principal, action);';

/** Counts what reaches the engine behind. */
function counted() {
  const official = loadCedar(cedarWasm());
  const asked = { parsed: 0, validated: 0 };
  const behind: Cedar = {
    ...official,
    parse: (statement) => {
      asked.parsed += 1;
      return official.parse(statement);
    },
    validate: (policies, schema) => {
      asked.validated += Object.keys(policies).length;
      return official.validate(policies, schema);
    },
  };
  return { official, asked, cedar: rememberingCedar(behind) };
}

test('a statement is parsed once, right or wrong', () => {
  const { official, asked, cedar } = counted();
  for (const text of [GOOD, BROKEN, GOOD, BROKEN]) {
    expect(cedar.parse(text)).toEqual(official.parse(text));
  }
  expect(asked.parsed).toBe(2);
});

test('a statement is validated once, and its complaints are told under each id that it has', () => {
  const { official, asked, cedar } = counted();
  const schema = policySchema();
  const sets = [{ a: GOOD, b: WRONG }, { b: GOOD, c: WRONG, d: WRONG }, { e: GOOD }];
  for (const set of sets) {
    expect(cedar.validate(set, schema)).toEqual(official.validate(set, schema));
  }
  expect(asked.validated).toBe(2);
});

test('under another schema a statement is validated anew', () => {
  const { official, asked, cedar } = counted();
  const reads =
    'permit(principal, action in Action::"http", resource) when { context.headers has "x-a" };';
  const [without, named] = [policySchema(), policySchema(['x-a'])];
  for (const schema of [without, named, without]) {
    expect(cedar.validate({ reads }, schema)).toEqual(official.validate({ reads }, schema));
  }
  expect(asked.validated).toBe(2);
});
