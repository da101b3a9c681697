import { expect, test } from 'bun:test';
import { bunSockets } from '../platform/index.ts';
import { recordingLog } from '../ports/testing/index.ts';
import { Turn } from './turn.ts';

test('a turn flushes each that asked once, and ends the one that cannot be flushed alone', () => {
  let end: (() => void) | undefined;
  const log = recordingLog();
  const afterEvents = (run: () => void): void => {
    end = run;
  };
  const turn = new Turn({ ...bunSockets, afterEvents }, log);
  const done: string[] = [];
  const item = (name: string, flush = () => void done.push(name)) => ({
    flush,
    abandon: () => void done.push(`end of ${name}`),
  });
  turn.add(item('first'));
  turn.add(
    item('broken', () => {
      throw new Error('on purpose');
    }),
  );
  turn.add(item('last'));
  end?.();
  end?.();
  expect(done).toEqual(['first', 'end of broken', 'last']);
  expect(log.lines).toHaveLength(1);
});
