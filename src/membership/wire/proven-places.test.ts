import { expect, test } from 'bun:test';
import { SEAL_BYTES } from '../seal.ts';
import type { Content } from '../swim/message.ts';
import { hashSeals, SampleBook } from '../testing/index.ts';
import { MAX_DATAGRAM_BYTES } from './layout.ts';
import { SealedDatagrams } from './sealed-datagrams.ts';

const book = new SampleBook(6);
const AWAITED = 77;
const homeOf = (i: number) => book.entry(i).address;
const signature = new Uint8Array(SEAL_BYTES);
/** News as it is while a mesh falls in two: more than one datagram holds. */
const NEWS: Content['statements'] = Array.from({ length: 40 }, () => ({
  ...({ about: 'life', subject: 5, incarnation: 1, leaving: true, signature } as const),
}));
const ack = (probe: number, subject: number) => ({ type: 'ack', probe, subject }) as const;

function member(i: number): SealedDatagrams {
  const isAwaited = (body: Content['body']) => body.type === 'ack' && body.probe === AWAITED;
  const seals = hashSeals(book.entry(i).publicKey);
  return new SealedDatagrams({ self: i, book, isAwaited, seals, starts: { boot: 1 } });
}

/** A node that is full of news, and the members 1 to 3, each of whose places a record alone says at first. */
function stage() {
  const node = member(0);
  const others = [0, 1, 2, 3].map(member);
  /** How many bytes come to `node`. */
  const hears = (from: number, body: Content['body'], news: Content['statements'] = []) => {
    const bytes = others[from]?.seal(0, { body, statements: news }, 0) ?? new Uint8Array();
    return { bytes: bytes.length, opened: node.open(bytes, homeOf(from), 0) };
  };
  const says = (to: number, body: Content['body'], news = NEWS) =>
    node.seal(to, { body, statements: news }, 0).length;
  /** How many bytes its answer has for each of the question. */
  const factor = (news: Content['statements'] = []) => {
    const { bytes } = hears(1, { type: 'ping', probe: 1 }, news);
    return says(1, ack(1, 0)) / bytes;
  };
  return { node, others, hears, says, factor };
}

test('a question brings three times its bytes to a place that a record alone names, and 13 times to one that answered', () => {
  const { factor, hears } = stage();
  expect(factor()).toBeLessThanOrEqual(3);
  expect(factor()).toBeGreaterThan(1.8);
  expect(factor(NEWS.slice(0, 2))).toBeLessThanOrEqual(3);
  hears(1, ack(AWAITED, 1));
  expect(factor()).toBeGreaterThan(13);
});

test('who brings much news is told as much as a datagram holds', () => {
  const { hears, says } = stage();
  hears(1, { type: 'ping', probe: 1 }, NEWS.slice(0, 5));
  expect(says(1, ack(1, 0))).toBeGreaterThan(MAX_DATAGRAM_BYTES - 87);
});

test('who has another asked has little sent to it, and little to itself', () => {
  const { hears, says } = stage();
  const { bytes } = hears(1, { type: 'ping-request', probe: 1, target: 3 });
  const relayed = says(3, { type: 'ping', probe: 1, origin: 1 });
  const nack = says(1, { type: 'nack', probe: 1 });
  expect((relayed + nack) / bytes).toBeLessThanOrEqual(3.5); // both may have named one host
  const proven = { ...ack(1, 3), origin: 2, proof: signature };
  expect(says(2, proven)).toBe(says(2, proven, []));
});

test('an accused says that it lives wherever it is asked', () => {
  const { hears, says } = stage();
  const life = { about: 'life', subject: 0, incarnation: 1, leaving: false, signature } as const;
  hears(1, { type: 'ping', probe: 1 });
  expect(says(1, ack(1, 0), [life, ...NEWS])).toBeGreaterThan(says(1, ack(1, 0), []) + SEAL_BYTES);
});

test('what a node says unasked is whole wherever it goes: how often, nobody else says', () => {
  const { says } = stage();
  for (const body of [{ type: 'rumour' }, { type: 'ping', probe: 1 }] as const) {
    expect(says(1, body)).toBeGreaterThan(1_300);
  }
});

test('only its own answer to what was asked there, which came from there, proves a place', () => {
  const isProven = (from: number, body: Content['body'], at = homeOf(from)) => {
    const { node, others, factor } = stage();
    const bytes = others[from]?.seal(0, { body, statements: [] }, 0) ?? new Uint8Array();
    node.open(bytes, at, 0);
    return factor() > 3;
  };
  expect(isProven(1, ack(AWAITED, 1))).toBe(true);
  expect(isProven(1, ack(AWAITED, 1), homeOf(2))).toBe(false);
  expect(isProven(1, ack(AWAITED + 1, 1))).toBe(false);
  expect(isProven(1, { ...ack(AWAITED, 1), origin: 0, proof: signature })).toBe(false);
  expect(isProven(2, ack(AWAITED, 1))).toBe(false);
  expect(isProven(1, { type: 'ping', probe: AWAITED })).toBe(false);
});

test('who moved has to prove the new place, and who goes leaves none behind', () => {
  const { node, hears, says, factor } = stage();
  hears(1, ack(AWAITED, 1));
  node.move(1, 4);
  expect(says(4, ack(1, 0))).toBeLessThan(200);
  expect(factor()).toBeLessThanOrEqual(3);
  hears(1, ack(AWAITED, 1));
  node.forget(1);
  expect(factor()).toBeLessThanOrEqual(3);
});
