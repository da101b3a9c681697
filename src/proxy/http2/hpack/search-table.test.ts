import { expect, test } from 'bun:test';
import { seededRandom } from '../../../ports/testing/index.ts';
import { Field } from '../../http/field.ts';
import { fingerprint, SearchTable } from './search-table.ts';
import { NO_FIELD } from './static-table.ts';

const SEED = 20_261_120;
const LIMIT_BYTES = 512;
/** Some of them in one chain. */
const NAMES = ['a', 'b', 'ab', 'ba', 'x-a', 'x-b', ''];

test('a field and a name are found while they are held, and only then', () => {
  const random = seededRandom(SEED);
  const below = (limit: number): number => Math.floor(random.fraction() * limit);
  const table = new SearchTable(LIMIT_BYTES);
  const held: Field[] = [NO_FIELD];
  /** The newest number at which there is what is looked for; 0 when there is none. */
  const newest = (isWanted: (field: Field) => boolean): number =>
    Math.max(
      held.findLastIndex((one, number) => number >= table.oldest && isWanted(one)),
      0,
    );
  for (let step = 0; step < 5_000; step++) {
    if (below(100) === 0) table.resize(100 + below(LIMIT_BYTES - 100));
    const field = new Field(NAMES[below(NAMES.length)] ?? '', `${below(9)}`);
    // Few prints, so that many fields share a chain.
    const print = below(2) === 0 ? fingerprint(field) : 7;
    const isSame = (one: Field): boolean => one.name === field.name && one.value === field.value;
    expect(table.findName(field.name)).toBe(newest((one) => one.name === field.name));
    const found = table.find(field, fingerprint(field));
    expect([0, newest(isSame)]).toContain(found);
    if (found !== 0) continue;
    table.hold(field, print);
    held.push(field);
    expect(table.find(field, print)).toBe(table.next - 1);
  }
});

test('after more fields than 32 bits can number, none is taken for another', () => {
  const table = new SearchTable(LIMIT_BYTES);
  table.oldest = 2 ** 32 - 3;
  table.next = table.oldest;
  const found = Array.from({ length: 8 }, (_, at) => {
    const field = new Field('a', `${at}`);
    table.hold(field, fingerprint(field));
    const number = table.find(field, fingerprint(field));
    return number === 0 || table.at(number) === field;
  });
  expect(found).toEqual(found.map(() => true));
  expect(table.at(table.next - 1).value).toBe('7');
});

test('what left the table is not kept alive by it', () => {
  const table = new SearchTable(LIMIT_BYTES);
  table.hold(new Field('a', '1'), 0);
  table.clear();
  expect(table.at(1)).toBe(NO_FIELD);
});
