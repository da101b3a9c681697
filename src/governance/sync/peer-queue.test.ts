import { expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import { PeerQueue } from './peer-queue.ts';

/** A queue whose peers answer when the test says so. */
function open() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const waiting = new Map<string, () => void>();
  const queue = new PeerQueue(clock, (peer) => {
    asked.push(peer);
    return new Promise((resolve) => void waiting.set(peer, resolve));
  });
  const answer = async (peer: string) => {
    waiting.get(peer)?.();
    waiting.delete(peer);
    for (let turn = 0; turn < 4; turn++) await Promise.resolve();
  };
  return { clock, asked, queue, answer };
}

test('peers are asked one after the other, in the order in which they were wanted', async () => {
  const { asked, queue, answer } = open();
  for (const peer of ['a', 'b', 'c']) queue.want(peer);
  expect(asked).toEqual(['a']);
  await answer('a');
  expect(asked).toEqual(['a', 'b']);
  await answer('b');
  await answer('c');
  queue.want('a');
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});

test('a slow one is waited for half a second, and four slow ones are all that wait', async () => {
  const { clock, asked, queue, answer } = open();
  for (const peer of ['a', 'b', 'c', 'd', 'e', 'f']) queue.want(peer);
  clock.advance(499);
  expect(asked).toEqual(['a']);
  clock.advance(1);
  expect(asked).toEqual(['a', 'b']);
  clock.advance(60_000);
  expect(asked).toEqual(['a', 'b', 'c', 'd']);
  await answer('c');
  expect(asked).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('one that came up while all are slow is asked at once, not when somebody answers', () => {
  const { clock, asked, queue } = open();
  queue.want('a');
  clock.advance(5_000);
  queue.want('b');
  expect(asked).toEqual(['a', 'b']);
});

test('what is not worth it any more is not asked for, and who is being asked is asked again', async () => {
  const { asked, queue, answer } = open();
  let isNews = true;
  queue.want('a');
  queue.want('b', () => isNews);
  queue.want('a', () => true);
  isNews = false;
  await answer('a');
  expect(asked).toEqual(['a', 'a']);
});

test('64 wait at most; a stopped queue asks nobody', async () => {
  const { asked, queue, answer } = open();
  for (let peer = 0; peer < 200; peer++) queue.want(`p${peer}`);
  for (let peer = 0; peer < 200; peer++) await answer(`p${peer}`);
  expect(asked).toHaveLength(65);
  queue.stop();
  queue.want('late');
  expect(asked).not.toContain('late');
});
