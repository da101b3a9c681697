import { expect, test } from 'bun:test';
import type { Random } from '../../ports/index.ts';
import { seededRandom } from '../../ports/testing/index.ts';
import { SEAL_BYTES } from '../seal.ts';
import type { Content, Statement } from '../swim/message.ts';
import { acquainted, FUZZ_DATAGRAMS, hashSeals, SampleBook } from '../testing/index.ts';
import { readHead, readMessage } from './datagram-reader.ts';
import { DatagramWriter } from './datagram-writer.ts';
import { AT, MAX_DATAGRAM_BYTES } from './layout.ts';
import { DATAGRAM_REFUSALS } from './refusal.ts';
import { SealedDatagrams } from './sealed-datagrams.ts';

const SENT_AT = Date.UTC(2030, 0, 1);
const MEMBERS = 8;
const book = new SampleBook(MEMBERS);
const REFUSALS = new Set<string>(DATAGRAM_REFUSALS);

const member = (i: number): SealedDatagrams => {
  const seals = hashSeals(book.entry(i).publicKey);
  return new SealedDatagrams({ self: i, book, seals, starts: { boot: 1 } });
};

const below = (random: Random, count: number): number => Math.floor(random.fraction() * count);

function anyStatement(random: Random): Statement {
  const [subject, accuser] = [below(random, MEMBERS), below(random, MEMBERS)];
  const incarnation = below(random, 2 ** 48);
  const signature = random.bytes(SEAL_BYTES);
  return random.fraction() < 0.5
    ? { about: 'life', subject, incarnation, leaving: random.fraction() < 0.5, signature }
    : { about: 'accusation', accuser, subject, incarnation, signature };
}

function anyContent(random: Random): Content {
  const [subject, origin] = [below(random, MEMBERS), below(random, MEMBERS)];
  const probe = below(random, 2 ** 32);
  const bodies: readonly Content['body'][] = [
    { type: 'ping', probe },
    { type: 'ping', probe, origin },
    { type: 'ack', probe, subject },
    { type: 'ack', probe, subject, origin, proof: random.bytes(SEAL_BYTES) },
    { type: 'ping-request', probe, target: subject },
    { type: 'nack', probe },
    { type: 'rumour' },
  ];
  return {
    body: bodies[below(random, bodies.length)] ?? { type: 'rumour' },
    statements: Array.from({ length: below(random, 4) }, () => anyStatement(random)),
  };
}

/** What may happen to a datagram on its way, or in a hostile hand. */
const DAMAGES: readonly ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes) => bytes,
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  (bytes, random) => Buffer.concat([bytes, random.bytes(1 + below(random, 200))]),
  (bytes, random) => {
    for (let flips = 1 + below(random, 4); flips > 0; flips--) {
      const at = below(random, bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(random, 8));
    }
    return bytes;
  },
  (bytes, random) => {
    bytes[AT.kind] = below(random, 256);
    return bytes;
  },
  (bytes, random) => {
    const [from, to] = [below(random, bytes.length), below(random, bytes.length)];
    bytes.copyWithin(to, from, from + below(random, 90));
    return bytes;
  },
  (_, random) => random.bytes(below(random, MAX_DATAGRAM_BYTES + 100)),
];

test('whatever comes, nothing throws, and nothing is believed but what was signed as it is', () => {
  const random = seededRandom(20_261_120);
  const [sender, receiver] = [acquainted(book, 0, 1), member(1)];
  const from = book.entry(0).address;
  let believed = 0;
  for (let i = 0; i < FUZZ_DATAGRAMS; i++) {
    const content = anyContent(random);
    const whole = sender.seal(1, content, SENT_AT).slice();
    const bytes = DAMAGES[i % DAMAGES.length]?.(whole.slice(), random) ?? whole;
    const opened = receiver.open(bytes, from, i * 10);
    if (typeof opened === 'string') {
      expect(REFUSALS.has(opened)).toBe(true);
      continue;
    }
    believed += 1;
    expect(Buffer.compare(bytes, whole)).toBe(0);
    expect(opened.message).toEqual({ ...content, sentAt: SENT_AT });
  }
  expect(believed).toBeGreaterThanOrEqual(FUZZ_DATAGRAMS / DAMAGES.length - 1);
});

test('what can be read at all has one spelling', () => {
  const random = seededRandom(7);
  const sender = acquainted(book, 0, 1);
  const writer = new DatagramWriter(book);
  let read = 0;
  for (let i = 0; i < FUZZ_DATAGRAMS; i++) {
    const whole = sender.seal(1, anyContent(random), SENT_AT).slice();
    const bytes = DAMAGES[i % DAMAGES.length]?.(whole, random) ?? whole;
    if (bytes.length > MAX_DATAGRAM_BYTES) continue;
    const head = readHead(bytes, 1, book);
    const message = typeof head === 'string' ? head : readMessage(bytes, book);
    if (typeof head === 'string' || typeof message === 'string') continue;
    writer.message(head, message, MAX_DATAGRAM_BYTES);
    const written = writer.written();
    const left = bytes.length - written.length;
    // Statements about nobody are left out.
    if (left !== 0) expect(left).toBeGreaterThanOrEqual(79);
    else expect(written.slice(0, -SEAL_BYTES)).toEqual(bytes.slice(0, -SEAL_BYTES));
    read += 1;
  }
  expect(read).toBeGreaterThan(FUZZ_DATAGRAMS / DAMAGES.length);
});
