import { expect, test } from 'bun:test';
import { encode } from '@ipld/dag-cbor';
import { FakeClock } from '../../ports/testing/index.ts';
import { MAX_NEW_ROOTS, MAX_OFFER_BYTES, MAX_TARGETS } from '../limits.ts';
import { decodeOffer, encodeOffer } from '../repository/index.ts';
import { offer, opened, TestMesh } from '../testing/index.ts';
import { Exclusive } from './exclusive.ts';
import {
  decodeAnnouncement,
  decodeContents,
  decodePublishAnswer,
  decodeRequest,
} from './messages.ts';
import { answerRequest } from './offers.ts';
import { PeerBackoff } from './peer-backoff.ts';

const mesh = new TestMesh();

test('work waits its turn, in order, and only so much of it', async () => {
  const exclusive = new Exclusive();
  const done: number[] = [];
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const turns = Array.from({ length: 16 }, (_, index) =>
    exclusive.run(async () => {
      await gate;
      done.push(index);
      if (index === 3) throw new Error('its own trouble');
    }),
  );
  await expect(exclusive.run(async () => undefined)).rejects.toThrow('16 changes are waiting');
  release();
  const results = await Promise.allSettled(turns);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(await exclusive.run(async () => 'free again')).toBe('free again');
});

test('a bad peer waits longer each time up to a bound, and a thousand strangers push it out', () => {
  const clock = new FakeClock();
  const backoff = new PeerBackoff(clock);
  for (let times = 0; times < 12; times++) backoff.blame('bad');
  clock.advance(299_999);
  expect(backoff.mayAsk('bad')).toBe(false);
  clock.advance(1);
  expect(backoff.mayAsk('bad')).toBe(true);
  backoff.blame('bad');
  for (let index = 0; index < 1_024; index++) backoff.blame(`peer-${index}`);
  expect(backoff.mayAsk('bad')).toBe(true);
});

test('a peer that made good is trusted again', () => {
  const clock = new FakeClock();
  const backoff = new PeerBackoff(clock);
  backoff.blame('peer');
  backoff.blame('peer');
  backoff.forgive('peer');
  expect(backoff.mayAsk('peer')).toBe(true);
  backoff.blame('peer');
  clock.advance(1_000);
  expect(backoff.mayAsk('peer')).toBe(true);
});

test('what a peer asks for ten thousand times it is given once', () => {
  const held = opened(mesh.founded);
  const [hash = ''] = held.files.contents.keys();
  const asked = (count: number) => ({ want: 'contents', hashes: Array(count).fill(hash) }) as const;
  const once = answerRequest(held, [], asked(1));
  expect(decodeContents(once)).toMatchObject({ ok: true, value: [held.files.contents.get(hash)] });
  expect(answerRequest(held, [], asked(MAX_TARGETS))).toEqual(once);
});

test('messages are bounded before they are read, and of one shape', () => {
  const whole = offer(mesh.founded);
  expect(decodeOffer(encodeOffer(whole))).toEqual({ ok: true, value: whole });
  const rubbish = new Uint8Array(MAX_OFFER_BYTES + 100_000);
  for (const decode of [
    decodeOffer,
    decodeAnnouncement,
    decodeRequest,
    decodePublishAnswer,
    decodeContents,
  ]) {
    const read = decode(rubbish);
    expect(read.ok ? '' : read.error).toContain('at most');
    expect(decode(encode({ v: 2 })).ok).toBe(false);
    expect(decode(new Uint8Array()).ok).toBe(false);
  }
  const hashes = Array.from({ length: MAX_TARGETS + 1 }, () => 'a'.repeat(64));
  expect(decodeRequest(encode({ v: 2, want: 'contents', hashes })).ok).toBe(false);
  const roots = Array.from({ length: MAX_NEW_ROOTS + 1 }, () => new Uint8Array());
  expect(decodeOffer(encode({ v: 1, roots, timestamp: roots[0], contents: [] })).ok).toBe(false);
});
