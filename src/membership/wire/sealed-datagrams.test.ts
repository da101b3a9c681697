import { describe, expect, test } from 'bun:test';
import { SEAL_BYTES } from '../seal.ts';
import type { Content, Message } from '../swim/message.ts';
import { acquainted, hashSeals, SampleBook } from '../testing/index.ts';
import {
  CHECKS,
  CHECKS_FOR_ANSWERS,
  CHECKS_FOR_STRANGERS,
  CHECKS_OF_ANYBODY,
  CHECKS_PER_MEMBER,
} from './check-budget.ts';
import { AT, MAX_DATAGRAM_BYTES, MIN_DATAGRAM_BYTES } from './layout.ts';
import { type Opened, SealedDatagrams } from './sealed-datagrams.ts';

const SENT_AT = Date.UTC(2030, 0, 1);
const book = new SampleBook(6);

/** What the member `i` sends and takes; it starts for the `boot`th time. */
function member(i: number, boot = 1): SealedDatagrams {
  const seals = hashSeals(book.entry(i).publicKey);
  return new SealedDatagrams({ self: i, book, seals, starts: { boot } });
}

const homeOf = (i: number) => book.entry(i).address;
const seal = (byte: number): Uint8Array => new Uint8Array(SEAL_BYTES).fill(byte);
const ping = (probe = 7): Content => ({ body: { type: 'ping', probe }, statements: [] });

const STATEMENTS: Content['statements'] = [
  { about: 'life', subject: 3, incarnation: 2 ** 48 - 1, leaving: false, signature: seal(1) },
  { about: 'life', subject: 4, incarnation: 65_536, leaving: true, signature: seal(2) },
  { about: 'accusation', accuser: 2, subject: 5, incarnation: 0, signature: seal(3) },
];

const BODIES: readonly Content['body'][] = [
  { type: 'ping', probe: 2 ** 32 - 1 },
  { type: 'ping', probe: 0, origin: 5 },
  { type: 'ack', probe: 1, subject: 0 },
  { type: 'ack', probe: 1, subject: 4, origin: 1, proof: seal(9) },
  { type: 'ping-request', probe: 3, target: 2 },
  { type: 'nack', probe: 4 },
  { type: 'rumour' },
];

test.each(BODIES.map((body) => [body.type, body] as const))(
  'a %s arrives as it was meant',
  (_, body) => {
    for (const statements of [[], STATEMENTS]) {
      const bytes = acquainted(book, 0, 1).seal(1, { body, statements }, SENT_AT);
      expect(member(1).open(bytes, homeOf(0), 0)).toEqual({
        from: 0,
        boot: 1,
        message: { body, statements, sentAt: SENT_AT },
      });
    }
  },
);

test('a ping is 100 bytes, and no datagram longer than it may be: the rest is told later', () => {
  expect(member(0).seal(1, ping(), SENT_AT)).toHaveLength(100);
  const statements = Array.from({ length: 40 }, () => STATEMENTS).flat();
  const bytes = member(0).seal(1, { body: { type: 'rumour' }, statements }, SENT_AT);
  expect(bytes.length).toBeLessThanOrEqual(MAX_DATAGRAM_BYTES);
  const { message } = member(1).open(bytes, homeOf(0), 0) as { message: Message }; // it is one
  expect(message.statements).toEqual(statements.slice(0, message.statements.length));
  expect(message.statements.length).toBeGreaterThan(14);
  for (const body of BODIES) {
    for (const statement of STATEMENTS) {
      const many = Array.from({ length: 40 }, () => statement);
      const { length } = acquainted(book, 0, 1).seal(1, { body, statements: many }, SENT_AT);
      expect(length).toBeLessThanOrEqual(MAX_DATAGRAM_BYTES);
      expect(length).toBeGreaterThan(MAX_DATAGRAM_BYTES - 87);
    }
  }
});

test('statements about members that are unknown here are left out, the others stay', () => {
  const bytes = member(0).seal(1, { body: { type: 'rumour' }, statements: STATEMENTS }, SENT_AT);
  const few = new SampleBook(5);
  const seals = hashSeals(few.entry(1).publicKey);
  const receiver = new SealedDatagrams({ self: 1, book: few, seals, starts: { boot: 1 } });
  const opened = receiver.open(bytes, homeOf(0), 0);
  expect((opened as { message: Message }).message.statements).toEqual(STATEMENTS.slice(0, 2)); // it is one
});

describe('a datagram is refused', () => {
  const good = () => member(0).seal(1, ping(), SENT_AT).slice();
  const opened = (bytes: Uint8Array): Opened | string => member(1).open(bytes, homeOf(0), 0);

  test('when it is too short or too long, of another version, or for somebody else', () => {
    expect(opened(new Uint8Array())).toBe('truncated');
    expect(opened(good().subarray(0, MIN_DATAGRAM_BYTES - 1))).toBe('truncated');
    expect(opened(new Uint8Array(MAX_DATAGRAM_BYTES + 1).fill(1))).toBe('oversized');
    const other = good();
    other[AT.version] = 2;
    expect(opened(other)).toBe('other-version');
    expect(member(2).open(good(), homeOf(0), 0)).toBe('not-for-us');
  });

  test('when its sender is nobody, or it is about somebody who is nobody', () => {
    const stranger = good();
    stranger.fill(0xee, AT.sender, AT.receiver);
    expect(opened(stranger)).toBe('unknown-sender');
    const body = { type: 'ping-request', probe: 1, target: 5 } as const;
    const about = member(0).seal(1, { body, statements: [] }, SENT_AT).slice();
    about.fill(0xee, AT.body + 4, AT.body + 12);
    expect(opened(about)).toBe('unknown-subject');
  });

  test('when its body makes no sense, or ends before it should', () => {
    const kind = good();
    kind[AT.kind] = 99;
    expect(opened(kind)).toBe('garbage');
    const cut = member(0).seal(
      1,
      { body: { type: 'nack', probe: 1 }, statements: STATEMENTS },
      SENT_AT,
    );
    expect(opened(cut.slice(0, -10))).toBe('truncated');
    const statement = cut.slice();
    statement[AT.body + 4] = 77;
    expect(opened(statement)).toBe('garbage');
  });

  test('when any bit of it was changed', () => {
    const bytes = good();
    for (let at = AT.boot; at < bytes.length; at++) {
      const forged = bytes.slice();
      forged[at] = (forged[at] ?? 0) ^ 0x10;
      expect(opened(forged)).toBe('bad-signature');
    }
  });

  test('when another member signed it', () => {
    const seals = hashSeals(book.entry(2).publicKey);
    const forger = new SealedDatagrams({ self: 0, book, seals, starts: { boot: 1 } });
    expect(opened(forger.seal(1, ping(), SENT_AT))).toBe('bad-signature');
  });
});

test('a datagram is taken once, and a later start of its sender voids those before', () => {
  const receiver = member(1);
  const [first, second] = [member(0), member(0, 2)];
  const [a, b] = [first.seal(1, ping(1), SENT_AT).slice(), first.seal(1, ping(2), SENT_AT).slice()];
  expect(receiver.open(b, homeOf(0), 0)).toMatchObject({ from: 0 });
  expect(receiver.open(a, homeOf(0), 0)).toMatchObject({ from: 0 }); // overtaken, not replayed
  expect(receiver.open(a, homeOf(0), 0)).toBe('replayed');
  expect(receiver.open(b, homeOf(0), 0)).toBe('replayed');
  expect(receiver.open(second.seal(1, ping(), SENT_AT), homeOf(0), 0)).toMatchObject({ from: 0 });
  expect(receiver.open(first.seal(1, ping(), SENT_AT), homeOf(0), 0)).toBe('replayed');
});

test('a number is not used up by who only pretends to be the sender', () => {
  const receiver = member(1);
  const bytes = member(0).seal(1, ping(), SENT_AT).slice();
  const forged = bytes.slice();
  forged.fill(0, -SEAL_BYTES);
  expect(receiver.open(forged, homeOf(0), 0)).toBe('bad-signature');
  expect(receiver.open(bytes, homeOf(0), 0)).toMatchObject({ from: 0 });
});

test('a member that moved is not replayed at its new place, and one that went leaves nothing', () => {
  const receiver = member(1);
  const bytes = member(0).seal(1, ping(), SENT_AT).slice();
  receiver.open(bytes, homeOf(0), 0);
  receiver.move(0, 70);
  expect(receiver.open(bytes, homeOf(0), 0)).toMatchObject({ from: 0 });
  receiver.move(70, 0);
  expect(receiver.open(bytes, homeOf(0), 0)).toBe('replayed');
  receiver.forget(0);
  expect(receiver.open(bytes, homeOf(0), 0)).toMatchObject({ from: 0 });
});

describe('signature checks are bounded', () => {
  /** How many of `count` forged datagrams of `from` were checked. */
  function checked(
    receiver: SealedDatagrams,
    from: number,
    count: number,
    home = homeOf(from),
    now = 0,
  ) {
    const sender = member(from);
    let checks = 0;
    for (let i = 0; i < count; i++) {
      const forged = sender.seal(1, ping(), SENT_AT);
      forged.fill(0, -SEAL_BYTES);
      if (receiver.open(forged, home, now) === 'bad-signature') checks += 1;
    }
    return checks;
  }

  test('for each member, so that who forges one address takes nothing from the others', () => {
    const receiver = member(1);
    const most = CHECKS_OF_ANYBODY + CHECKS_PER_MEMBER;
    expect(checked(receiver, 0, 10 * CHECKS_PER_MEMBER)).toBe(most);
    expect(receiver.open(member(2).seal(1, ping(), SENT_AT), homeOf(2), 0)).toMatchObject({
      from: 2,
    });
    expect(receiver.open(member(0).seal(1, ping(), SENT_AT), homeOf(0), 0)).toBe('too-many');
    expect(receiver.open(member(0).seal(1, ping(), SENT_AT), homeOf(0), 1_000)).toMatchObject({
      from: 0,
    });
    expect(checked(receiver, 0, 10 * CHECKS_PER_MEMBER, homeOf(0), 2_000)).toBe(most);
  });

  test('for all that come from where no member is, together', () => {
    const receiver = member(1);
    const nowhere = { host: '192.0.2.1', port: 1 };
    const all = [0, 2, 3].reduce((sum, from) => sum + checked(receiver, from, 100, nowhere), 0);
    expect(all).toBe(CHECKS_FOR_STRANGERS);
    expect(receiver.open(member(0).seal(1, ping(), SENT_AT), homeOf(0), 0)).toMatchObject({
      from: 0,
    });
  });

  test('over all, too, but for answers that are waited for, of which there are few', () => {
    const crowd = new SampleBook(40);
    const of = (self: number) => {
      const isAwaited = (body: Content['body']) => body.type === 'ack' && body.probe === 77;
      const seals = hashSeals(crowd.entry(self).publicKey);
      return new SealedDatagrams({ self, book: crowd, seals, starts: { boot: 1 }, isAwaited });
    };
    const receiver = of(1);
    const isChecked = (sender: SealedDatagrams, from: number, content: Content) =>
      receiver.open(sender.seal(1, content, SENT_AT), crowd.entry(from).address, 0) !== 'too-many';
    let checks = 0;
    for (let i = 2; i < 39; i++) {
      const sender = of(i);
      for (let n = 0; n < CHECKS_PER_MEMBER; n++) if (isChecked(sender, i, ping())) checks += 1;
    }
    expect(checks).toBe(CHECKS);
    const asked = of(39);
    const answer = (probe: number): Content => ({
      body: { type: 'ack', probe, subject: 39 },
      statements: [],
    });
    expect(isChecked(asked, 39, answer(76))).toBe(false);
    for (let n = 0; n < CHECKS_FOR_ANSWERS; n++) {
      expect(isChecked(asked, 39, answer(77))).toBe(true);
    }
    expect(isChecked(asked, 39, answer(77))).toBe(false);
  });
});

test('two holders of one key understand each other, and nobody else does', () => {
  const twin = {
    type: 'twin-answer',
    nonce: 'aa'.repeat(8),
    instance: 'bb'.repeat(8),
    runningMs: 86_400_000,
  } as const;
  const question = {
    type: 'twin-question',
    nonce: 'aa'.repeat(8),
    instance: 'cc'.repeat(8),
  } as const;
  for (const message of [twin, question]) {
    const bytes = member(0, 7).sealTwin(message, SENT_AT);
    expect(member(0).open(bytes, homeOf(3), 0)).toEqual({ from: 'twin', message, boot: 7 });
    expect(member(1).open(bytes, homeOf(0), 0)).toBe('not-for-us');
    expect(member(0).open(bytes.slice(0, -1), homeOf(3), 0)).toBe('garbage');
  }
});
