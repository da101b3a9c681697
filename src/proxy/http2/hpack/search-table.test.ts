import { expect, test } from 'bun:test';
import { seededRandom } from '../../../ports/testing/index.ts';
import { Field } from '../../http/field.ts';
import { SearchTable } from './search-table.ts';
import { NO_FIELD } from './static-table.ts';

const SEED = 20_261_120;
const LIMIT_BYTES = 512;
/** Some of them in one chain. */
const NAMES = ['a', 'b', 'ab', 'ba', 'x-a', 'x-b', ''];

test('a field is found while it is held, and only then, under the newest number of its name', () => {
  const random = seededRandom(SEED);
  const below = (limit: number): number => Math.floor(random.fraction() * limit);
  const table = new SearchTable(LIMIT_BYTES);
  const added: Field[] = [NO_FIELD];
  for (let step = 0; step < 5_000; step++) {
    if (below(100) === 0) table.resize(below(LIMIT_BYTES));
    const field = new Field(NAMES[below(NAMES.length)] ?? '', `${below(9)}`);
    const isHeld = (one: Field, number: number): boolean =>
      number >= table.oldest && one.name === field.name;
    const number = added.findLastIndex((one, at) => isHeld(one, at) && one.value === field.value);
    expect(table.find(field)).toBe(Math.max(number, 0));
    if (number < 0) {
      expect(table.named).toBe(Math.max(added.findLastIndex(isHeld), 0));
      table.add(field);
      if (table.next > added.length) added.push(field);
    }
  }
});

test('a field that is larger than the table is not found, and harms no search', () => {
  const table = new SearchTable(LIMIT_BYTES);
  const large = new Field('a', 'v'.repeat(LIMIT_BYTES));
  for (let time = 0; time < 3; time++) table.add(large);
  expect(table.find(large)).toBe(0);
  table.add(new Field('a', '1'));
  expect(table.find(new Field('a', '1'))).toBe(1);
  expect(table.find(new Field('a', '2'))).toBe(0);
});

test('what left the table is not kept alive by it', () => {
  const table = new SearchTable(LIMIT_BYTES);
  table.add(new Field('a', '1'));
  table.clear();
  expect(table.at(1)).toBe(NO_FIELD);
});
