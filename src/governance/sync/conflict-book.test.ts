import { expect, test } from 'bun:test';
import { FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { ConflictBook } from './conflict-book.ts';

function open() {
  const host = { clock: new FakeClock(), log: recordingLog(), meter: recordingMeter() };
  return { ...host, book: new ConflictBook(host) };
}

test('what comes again is counted each time, told once a minute, and kept as one', () => {
  const { book, clock, log, meter } = open();
  const start = clock.now();
  for (let times = 0; times < 90; times++) {
    book.record({ kind: 'took-back', detail: `time ${times}` }, { keyId: 'k' });
    clock.advance(1_000);
  }
  expect(book.all()).toMatchObject([
    { kind: 'took-back', keyId: 'k', times: 90, detail: 'time 89', firstAtMs: start },
  ]);
  expect(meter.value('selvage_trust_conflicts_total', { kind: 'took-back' })).toBe(90);
  expect(log.lines.map(({ level }) => level)).toEqual(['error', 'error']);
});

test('however many keys lie, the list stays short, and the latest comes first', () => {
  const { book } = open();
  for (let key = 0; key < 500; key++) {
    book.record({ kind: 'older-lists', detail: '' }, { keyId: `k${key}` });
  }
  expect(book.all()).toHaveLength(64);
  expect(book.all()[0]?.keyId).toBe('k499');
  expect(book.all()[63]?.keyId).toBe('k436');
});

test('each kind says what a person should do', () => {
  const { book } = open();
  book.record({ kind: 'two-roots', detail: 'the governors have signed two roots of version 3' });
  expect(book.all()[0]?.remedy).toContain('Let the governors sign the next root');
});
