import { expect, test } from 'bun:test';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { ANSWER_TIMEOUT_MS } from './client.ts';
import { ChangeFeed, type ChangeKind, createAdminApp, createAdminClient } from './index.ts';
import { sampleService } from './testing/index.ts';
import { CHANGE_KINDS } from './views.ts';

function watched() {
  const feed = new ChangeFeed();
  const service = sampleService({ changes: (signal) => feed.watch(signal) });
  const app = createAdminApp(service, recordingLog());
  return {
    feed,
    app,
    client: createAdminClient(async (request) => app.fetch(request), new FakeClock()),
  };
}

test('a watcher is told of everything at first, then of changes, until it ends its watch', async () => {
  const { feed, client } = watched();
  const controller = new AbortController();
  const seen: ChangeKind[] = [];
  for await (const kind of client.changes(controller.signal)) {
    seen.push(kind);
    if (seen.length === CHANGE_KINDS.length) feed.notify('trust');
    if (seen.length > CHANGE_KINDS.length) controller.abort();
  }
  expect(seen).toEqual([...CHANGE_KINDS, 'trust']);
  expect(feed.size).toBe(0);
});

test('a slow watcher is told each kind once, however often it changed', async () => {
  const feed = new ChangeFeed();
  const controller = new AbortController();
  const kinds = feed.watch(controller.signal)[Symbol.asyncIterator]();
  for (const kind of CHANGE_KINDS) expect((await kinds.next()).value).toBe(kind);
  for (let i = 0; i < 1_000; i++) feed.notify(i % 2 === 0 ? 'nodes' : 'endpoints');
  expect((await kinds.next()).value).toBe('nodes');
  expect((await kinds.next()).value).toBe('endpoints');
  feed.notify('nodes');
  expect((await kinds.next()).value).toBe('nodes');
  controller.abort();
  expect((await kinds.next()).done).toBe(true);
});

test('a watch that was given up before it began ends at once', async () => {
  const feed = new ChangeFeed();
  const kinds = feed.watch(AbortSignal.abort());
  expect((await kinds[Symbol.asyncIterator]().next()).done).toBe(true);
  expect(feed.size).toBe(0);
});

test('a node serves 64 watchers, refuses the next, and takes one when another left', async () => {
  const { feed, app } = watched();
  const answers = await Promise.all(
    Array.from({ length: 64 }, async () => await app.request('/v1/changes')),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  expect(await (await app.request('/v1/changes')).text()).toContain('WATCHERS_FULL');
  await answers[0]?.body?.cancel();
  expect(feed.size).toBe(63);
  expect((await app.request('/v1/changes')).status).toBe(200);
});

test('a notice that never ends, or is no JSON, ends the watch with an error', async () => {
  const reading = async (text: string) => {
    const client = createAdminClient(async () => new Response(text), new FakeClock());
    const kinds: ChangeKind[] = [];
    for await (const kind of client.changes(new AbortController().signal)) kinds.push(kind);
    return kinds;
  };
  await expect(reading(`data: ${'x'.repeat(5_000)}`)).rejects.toThrow('without an end');
  await expect(reading('data: {\n\n')).rejects.toThrow('no JSON');
  expect(await reading('data: {"kind":"later"}\n\ndata: {"kind":"trust"}\n\n')).toEqual(['trust']);
});

test('a watch of a node where nothing changes lasts as long as its watcher likes', async () => {
  const clock = new FakeClock();
  const end = new AbortController();
  let kinds: ChangeKind[] | undefined;
  const client = createAdminClient(
    (request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      }),
    clock,
  );
  const watch = Array.fromAsync(client.changes(end.signal)).then((all) => {
    kinds = all;
  });
  clock.advance(100 * ANSWER_TIMEOUT_MS);
  await Promise.resolve();
  expect(kinds).toBeUndefined();
  end.abort();
  await watch;
  expect(kinds).toEqual([]);
});
