import { expect, test } from 'bun:test';
import { errorCatalogues } from '../scripts/error-catalogues.ts';
import { EXIT } from '../src/core/index.ts';

const catalogues = await errorCatalogues();
const entries = catalogues.flatMap(({ room, catalogue }) =>
  Object.entries(catalogue).map(([code, entry]) => ({ room, code, entry })),
);

test('a code stands in one room only', () => {
  const rooms = Map.groupBy(entries, ({ code }) => code);
  const shared = [...rooms].filter(([, owners]) => owners.length > 1);
  expect(shared.map(([code, owners]) => [code, owners.map(({ room }) => room)])).toEqual([]);
});

test('codes are words in capitals', () => {
  expect(
    entries.map(({ code }) => code).filter((code) => !/^[A-Z]+(_[A-Z0-9]+)*$/.test(code)),
  ).toEqual([]);
});

test('every error says what it means and what to do, in sentences of one line', () => {
  const unclear = entries.filter(
    ({ entry: { summary, remedy, exit } }) =>
      !/^[A-Z`].*[^.\s]$/.test(summary) || !/^[A-Z`].*[.?]$/.test(remedy) || !(exit in EXIT),
  );
  expect(unclear.map(({ room, code }) => `${room}: ${code}`)).toEqual([]);
});
