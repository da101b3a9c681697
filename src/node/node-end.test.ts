import { expect, test } from 'bun:test';
import { recordingLog } from '../ports/testing/index.ts';
import { NodeEnd } from './node-end.ts';
import { UndoStack } from './undo-stack.ts';

function stage() {
  const log = recordingLog();
  const undo = new UndoStack(log);
  const undone: string[] = [];
  undo.add(() => void undone.push('store'));
  undo.add(() => void undone.push('peers'));
  return { end: new NodeEnd(undo, log), undone, log };
}

test('a node that is stopped ends once, in the reverse order of its start', async () => {
  const { end, undone } = stage();
  await Promise.all([end.stop(), end.stop()]);
  await end.done;
  expect(undone).toEqual(['peers', 'store']);
});

test('a node that must not go on ends with the first reason', async () => {
  const { end, undone, log } = stage();
  end.fail(new Error('another key has its name'));
  end.fail(new Error('too late'));
  await expect(end.done).rejects.toThrow('another key has its name');
  expect(end.failure?.message).toBe('another key has its name');
  expect(undone).toEqual(['peers', 'store']);
  expect(log.lines[0]).toMatchObject({ level: 'error', message: 'this node must not go on' });
});
