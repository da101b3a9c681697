import { expect, test } from 'bun:test';
import {
  IDLE_FRAMES,
  IDLE_FRAMES_PER_SECOND,
  IDLE_FRAMES_PER_USE,
  WASTED_STREAMS,
  WASTED_STREAMS_PER_SECOND,
} from '../limits.ts';
import { Allowance } from './allowance.ts';

/** How often `use` is allowed. */
function count(use: () => boolean): number {
  let uses = 0;
  while (use()) uses += 1;
  return uses;
}

test('streams are wasted up to a number, and as many more each second', () => {
  const allowance = new Allowance();
  expect(count(() => allowance.streamWasted())).toBe(WASTED_STREAMS);
  allowance.passed(3);
  expect(count(() => allowance.streamWasted())).toBe(3 * WASTED_STREAMS_PER_SECOND - 1);
  allowance.passed(1_000_000);
  expect(count(() => allowance.streamWasted())).toBe(WASTED_STREAMS);
});

test('a stream that was answered allows for one that was not, however long that goes on', () => {
  const allowance = new Allowance();
  for (let round = 0; round < 10 * WASTED_STREAMS; round++) {
    expect(allowance.streamWasted()).toBe(true);
    allowance.streamUsed();
  }
  expect(count(() => allowance.streamWasted())).toBe(WASTED_STREAMS);
});

test('frames that carry nothing are allowed up to a number, and as many more each second', () => {
  const allowance = new Allowance();
  expect(count(() => allowance.frameIdle())).toBe(IDLE_FRAMES);
  allowance.passed(2);
  expect(count(() => allowance.frameIdle())).toBe(2 * IDLE_FRAMES_PER_SECOND - 1);
});

test('a peer may answer each frame of content with two of WINDOW_UPDATE', () => {
  const allowance = new Allowance();
  for (let frames = 0; frames < 10 * IDLE_FRAMES; frames++) {
    allowance.frameUsed();
    for (let updates = 0; updates < IDLE_FRAMES_PER_USE; updates++) {
      expect(allowance.frameIdle()).toBe(true);
    }
  }
});
