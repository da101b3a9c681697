import { expect, test } from 'bun:test';
import { seededRandom } from '../../ports/testing/index.ts';
import { ALLOWANCE_BYTES, IDS_PER_REQUEST, MAX_SYNC_BYTES, TURN_MS } from './limits.ts';
import {
  decodeRequest,
  encodeRanges,
  encodeRecords,
  encodeRequest,
  encodeState,
  SYNC_PROTOCOL,
  type SyncRequest,
} from './messages.ts';
import type { RangeNode } from './range.ts';
import { areSame, SyncMesh, settle } from './testing/mesh.ts';

type Answer = (request: SyncRequest, mesh: SyncMesh) => Uint8Array | Promise<Uint8Array>;

/** An honest member that knows a liar and another honest one, which has something to tell. */
async function besides(answer: Answer) {
  const mesh = new SyncMesh();
  const liar = mesh.network.join('liar');
  let questions = 0;
  liar.serve(SYNC_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new Error(request.error);
    questions++;
    return await answer(request.value, mesh);
  });
  const [honest, other] = [mesh.start('a'), mesh.start('b')];
  await honest.meet({ gossip: liar });
  await honest.meet(other);
  await settle();
  const passes = async (ms: number) => {
    other.records.put('node', 'self', 'b');
    await mesh.pass(ms);
    expect(areSame(honest, other)).toBe(true);
  };
  mesh.network.loses = () => true; // what reaches the honest member, comparison has brought
  return { mesh, honest, liar, passes, questions: () => questions };
}

/** Digests that are never those of any records. */
function changingDigests(): () => string {
  const random = seededRandom(5);
  return () => Buffer.from(random.bytes(16)).toString('hex');
}

test('a peer whose ranges have no end costs a bounded number of bytes, and is left alone for longer and longer', async () => {
  const digest = changingDigests();
  const branch = (): RangeNode => ({ kind: 'branch', digests: Array.from({ length: 16 }, digest) });
  const { mesh, honest, passes, questions } = await besides((request) => {
    if (request.ask === 'state') {
      return encodeState({ digest: digest(), evidence: '', root: branch() });
    }
    return encodeRanges(request.ask === 'ranges' ? request.paths.map(branch) : []);
  });
  await passes(5_000);
  expect(honest.ended('costly') + honest.ended('nonsense')).toBe(1);
  expect(honest.asked.bytes).toBeLessThan(2 * ALLOWANCE_BYTES);
  await mesh.pass(600_000);
  expect(honest.ended('costly') + honest.ended('nonsense')).toBeLessThan(10);
  expect(questions()).toBeLessThan(200);
});

test('a peer that names records which it never hands over is left as well', async () => {
  const digest = changingDigests();
  let n = 0;
  const heads = (writer: string) => {
    const sequence = { epoch: 1, boot: 1, n: 1 };
    const head = () => ({ id: `${writer}endpoint/${n++}`, sequence, hash: digest() });
    return { kind: 'records', heads: Array.from({ length: 16 }, head) } as const;
  };
  const shelf = () => ({ writer: `w${n++}` as never, epoch: 1, digest: digest() });
  const shelves = { kind: 'writers', shelves: Array.from({ length: 16 }, shelf) } as const;
  const { honest, passes } = await besides((request) => {
    if (request.ask === 'state')
      return encodeState({ digest: digest(), evidence: '', root: shelves });
    if (request.ask === 'ranges') return encodeRanges(request.paths.map(heads));
    return encodeRecords(request.ask === 'records' ? request.ids.map(() => undefined) : []);
  });
  await passes(60_000);
  // Nothing tells it from one whose records have just expired; a comparison costs what 16 writers' names do.
  expect(honest.ended('nothing-new')).toBeGreaterThan(5);
  expect(honest.asked.bytes / honest.ended('nothing-new')).toBeLessThan(20_000);
});

test('a peer that sends bytes that are no records pays with its turn', async () => {
  const digest = changingDigests();
  const sequence = { epoch: 1, boot: 1, n: 1 };
  const heads = Array.from({ length: 16 }, (_, i) => {
    return { id: `w/endpoint/${i}`, sequence, hash: digest() };
  });
  const shelves = [{ writer: 'w' as never, epoch: 1, digest: digest() }];
  const { honest, passes } = await besides((request) => {
    if (request.ask === 'state') {
      return encodeState({ digest: digest(), evidence: '', root: { kind: 'writers', shelves } });
    }
    if (request.ask === 'ranges') return encodeRanges([{ kind: 'records', heads }]);
    const ids = request.ask === 'records' ? request.ids : [];
    return encodeRecords(ids.map(() => new Uint8Array(20_000)));
  });
  await passes(5_000);
  expect(honest.ended('costly')).toBe(1);
  const refused = { reason: 'malformed' };
  expect(honest.member.meter.value('selvage_record_refusals_total', refused)).toBe(16);
  expect(IDS_PER_REQUEST * 20_000).toBeGreaterThan(ALLOWANCE_BYTES);
});

test('a peer that never answers keeps nobody waiting, and is asked more and more seldom', async () => {
  const { mesh, honest, passes, questions } = await besides(() => new Promise(() => {}));
  await passes(5_000);
  await mesh.pass(600_000);
  expect(honest.ended('unanswered')).toBeGreaterThan(3);
  expect(questions()).toBeLessThan(12);
});

test('a peer that answers each question at the last moment is listened to for one turn only', async () => {
  const digest = changingDigests();
  const node = (): RangeNode => ({
    kind: 'branch',
    digests: ['', digest(), ...Array(14).fill('')],
  });
  const { mesh, honest, passes, questions } = await besides(async (request, { clock }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    clock.after(2_900, resolve);
    await promise;
    if (request.ask === 'state') {
      return encodeState({ digest: digest(), evidence: '', root: node() });
    }
    return encodeRanges(request.ask === 'ranges' ? request.paths.map(node) : []);
  });
  await passes(5_000);
  await mesh.pass(TURN_MS - 5_000);
  expect(honest.ended('slow')).toBe(1);
  expect(questions()).toBe(4);
});

for (const [what, bytes] of [
  ['nonsense', new Uint8Array([0xff])],
  ['an answer of any size', new Uint8Array(MAX_SYNC_BYTES + 1)],
  ['nothing', new Uint8Array()],
] as const) {
  test(`a peer that answers ${what} costs one question, and the others are asked`, async () => {
    const { honest, passes, questions } = await besides(() => bytes);
    await passes(4_000);
    expect(honest.ended('nonsense')).toBe(1);
    expect(questions()).toBe(1);
    expect(honest.log.lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'comparison of records failed',
        fields: { peer: 'liar', result: 'nonsense', reason: expect.any(String) },
      },
    ]);
  });
}

test('a peer that refuses to be compared with is told of once, by its name and without a stack', async () => {
  const { mesh, honest, passes } = await besides(() => {
    throw new Error('go away');
  });
  await passes(4_000);
  await mesh.pass(60_000);
  expect(honest.ended('unanswered')).toBeGreaterThan(2);
  expect(honest.log.lines.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      message: 'comparison of records failed',
      fields: { peer: 'liar', result: 'unanswered', reason: expect.stringContaining('go away') },
    },
  ]);
});

test('a peer that shows another digest with each of many questions is asked back no more than it may be', async () => {
  const { mesh, honest, liar, questions } = await besides(() =>
    encodeState({ digest: changingDigests()(), evidence: '', root: undefined }),
  );
  const before = questions();
  const digest = changingDigests();
  for (let times = 0; times < 100; times++) {
    const question = encodeRequest({ ask: 'state', digest: digest(), evidence: '' });
    await liar.request(honest.id, SYNC_PROTOCOL, question, { timeoutMs: 1_000 });
    await mesh.pass(50);
  }
  expect(questions() - before).toBeLessThan(30);
});
