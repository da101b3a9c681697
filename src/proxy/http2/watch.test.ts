import { expect, test } from 'bun:test';
import { CONNECTION_CHECK_MS, IDLE_BODY_MS, IDLE_SILENCE_MS, SILENCE_MS } from '../limits.ts';
import { type Activity, type Finding, Watch } from './watch.ts';

const RESTING: Activity = {
  openStreams: 0,
  streams: 0,
  takenBytes: 0,
  blocked: false,
  inFrame: false,
  frames: 0,
};

/** Looks at the same activity again and again for so long; the findings other than 'well', each with its time in ms. */
function findings(watch: Watch, activity: Partial<Activity>, forMs: number): [number, Finding][] {
  const found: [number, Finding][] = [];
  for (let ms = CONNECTION_CHECK_MS; ms <= forMs; ms += CONNECTION_CHECK_MS) {
    const finding = watch.check({ ...RESTING, ...activity });
    if (finding !== 'well') found.push([ms, finding]);
  }
  return found;
}

test('a connection without streams is idle after its time', () => {
  expect(findings(new Watch(30_000, false), {}, 30_000)).toEqual([[30_000, 'idle']]);
});

test('a stream that came and went in between begins that time anew', () => {
  const watch = new Watch(30_000, false);
  expect(findings(watch, {}, 25_000)).toEqual([]);
  expect(findings(watch, { streams: 1 }, 30_000)).toEqual([]);
  expect(findings(watch, { streams: 1 }, 5_000)).toEqual([[5_000, 'idle']]);
});

test('a sidecar is asked when it says nothing, and is silent when it still does not', () => {
  const watch = new Watch(30_000, true);
  const busy = { openStreams: 1, streams: 1 };
  expect(findings(watch, busy, 3 * SILENCE_MS)[0]).toEqual([SILENCE_MS + 5_000, 'ask']);
  const all = findings(new Watch(30_000, true), busy, 3 * SILENCE_MS).map(([, what]) => what);
  expect(all.slice(0, 2)).toEqual(['ask', 'silent']);
});

test('a sidecar without streams is asked too, but not so soon', () => {
  const found = findings(new Watch(600_000, true), {}, 2 * IDLE_SILENCE_MS);
  expect(found.slice(0, 2)).toEqual([
    [IDLE_SILENCE_MS + 5_000, 'ask'],
    [IDLE_SILENCE_MS + 5_000 + SILENCE_MS, 'silent'],
  ]);
});

test('whatever it says is an answer', () => {
  const watch = new Watch(30_000, true);
  const busy = { openStreams: 1, streams: 1 };
  for (let round = 0; round < 5; round++) {
    expect(findings(watch, busy, SILENCE_MS + 5_000).at(-1)?.[1]).toBe('ask');
    watch.heard = true;
  }
});

test('a frame that does not go on is slow, one after another is not', () => {
  const busy = { openStreams: 1, streams: 1, inFrame: true };
  expect(findings(new Watch(30_000, false), busy, 20_000)[0]?.[1]).toBe('slow');
  const watch = new Watch(30_000, false);
  for (let frames = 1; frames < 20; frames++) {
    expect(watch.check({ ...RESTING, ...busy, frames })).toBe('well');
  }
});

test('output that nobody takes stalls, and any that is taken begins anew', () => {
  const busy = { openStreams: 1, streams: 1, blocked: true };
  expect(findings(new Watch(30_000, false), busy, IDLE_BODY_MS + 5_000)[0]?.[1]).toBe('stalled');
  const watch = new Watch(30_000, false);
  for (let takenBytes = 1; takenBytes < 1_000; takenBytes += 10) {
    expect(findings(watch, { ...busy, takenBytes }, IDLE_BODY_MS - 5_000)).toEqual([]);
  }
});
