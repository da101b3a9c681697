import { expect, test } from 'bun:test';
import { SEAL_BYTES } from '../seal.ts';
import type { Content } from '../swim/message.ts';
import { hashSeals, SampleBook } from '../testing/index.ts';
import { ProvenPlaces } from './proven-places.ts';
import { SealedDatagrams } from './sealed-datagrams.ts';

const book = new SampleBook(6);
const AWAITED = 77;

function member(i: number): SealedDatagrams {
  const self = book.entry(i);
  const isAwaited = (body: Content['body']) => body.type === 'ack' && body.probe === AWAITED;
  return new SealedDatagrams({
    ...{ self, book, isAwaited },
    ...{ seals: hashSeals(self.publicKey), boot: () => 1 },
  });
}

const homeOf = (i: number) => book.entry(i).address;
const signature = new Uint8Array(SEAL_BYTES);
/** News as it is while a mesh falls in two: more than one datagram holds. */
const NEWS: Content['statements'] = Array.from({ length: 40 }, () => ({
  ...({ about: 'life', subject: 5, incarnation: 1, leaving: true, signature } as const),
}));

const bytesOf = (from: SealedDatagrams, to: number, body: Content['body'], news = NEWS): number =>
  from.seal(to, { body, statements: news }, 0).length;
const ack = (probe: number, subject: number) => ({ type: 'ack', probe, subject }) as const;

/** How many bytes `node` sends to the member 1, whose record says where it is, for each that 1 sends to it. */
function factors(node: SealedDatagrams) {
  const one = member(1);
  const ping = bytesOf(one, 0, { type: 'ping', probe: 1 }, []);
  const request = bytesOf(one, 0, { type: 'ping-request', probe: 1, target: 3 }, []);
  const proof = signature;
  const relayed = bytesOf(node, 1, { type: 'ping', probe: 1, origin: 2 });
  return {
    ping: bytesOf(node, 1, ack(1, 0)) / ping,
    pingForOther: bytesOf(node, 1, { ...ack(1, 0), origin: 2, proof }) / ping,
    // The member 3, which is to be asked, may have named the same host.
    pingRequest: (relayed + bytesOf(node, 1, { type: 'nack', probe: 1 })) / request,
  };
}

test('a question brings at most twice its bytes to a host that a record alone names, and 13 times to one that answered', () => {
  const node = member(0);
  const unproven = factors(node);
  expect(Math.max(unproven.ping, unproven.pingForOther)).toBeLessThanOrEqual(2);
  expect(unproven.pingRequest).toBeLessThanOrEqual(3.5);
  node.open(member(1).seal(0, { body: ack(AWAITED, 1), statements: [] }, 0), homeOf(1), 0);
  expect(factors(node).ping).toBeGreaterThan(13);
});

test('an accused says that it lives wherever it is asked', () => {
  const life = { about: 'life', subject: 0, incarnation: 1, leaving: false, signature } as const;
  const bare = bytesOf(member(0), 1, ack(1, 0), []);
  expect(bytesOf(member(0), 1, ack(1, 0), [life, ...NEWS])).toBeGreaterThan(bare + SEAL_BYTES);
});

test('what a node says unasked is whole wherever it goes: how often, nobody else says', () => {
  for (const body of [{ type: 'rumour' }, { type: 'ping', probe: 1 }] as const) {
    expect(bytesOf(member(0), 1, body)).toBeGreaterThan(1_300);
  }
});

test('only its own answer to what was asked there, which came from there, proves a place', () => {
  const isProven = (from: number, body: Content['body'], at = homeOf(from)) => {
    const node = member(0);
    node.open(member(from).seal(0, { body, statements: [] }, 0), at, 0);
    return factors(node).ping > 2;
  };
  expect(isProven(1, ack(AWAITED, 1))).toBe(true);
  expect(isProven(1, ack(AWAITED, 1), homeOf(2))).toBe(false);
  expect(isProven(1, ack(AWAITED + 1, 1))).toBe(false);
  expect(isProven(1, { ...ack(AWAITED, 1), origin: 0, proof: signature })).toBe(false);
  expect(isProven(2, ack(AWAITED, 1))).toBe(false);
  expect(isProven(1, { type: 'ping', probe: AWAITED })).toBe(false);
});

test('who moved has to prove the new place, and who goes leaves none behind', () => {
  const node = member(0);
  const proves = () =>
    node.open(member(1).seal(0, { body: ack(AWAITED, 1), statements: [] }, 0), homeOf(1), 0);
  proves();
  node.move(1, 4);
  expect(bytesOf(node, 4, ack(1, 0))).toBeLessThan(200);
  expect(factors(node).ping).toBeLessThan(2);
  proves();
  node.forget(1);
  expect(factors(node).ping).toBeLessThan(2);
});

test('of each member one bit is kept, whoever its neighbours are', () => {
  const proven = new ProvenPlaces();
  for (const member of [0, 31, 32, 5_000]) proven.add(member);
  proven.forget(32);
  proven.forget(9_999);
  const all = Array.from({ length: 10_000 }, (_, i) => i).filter((member) => proven.has(member));
  expect(all).toEqual([0, 31, 5_000]);
});
