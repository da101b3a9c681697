import { expect, test } from 'bun:test';
import { unreachable } from './unreachable-socket.ts';

const failure = (code: string) => Object.assign(new Error('Failed to connect'), { code });

test('a socket behind closed directories is told from one that is not there, and from one without a process', () => {
  const told = (code: string) => unreachable('/n1/workload.sock', failure(code), 'open them');
  expect(told('EACCES').message).toBe("'/n1/workload.sock' may not be opened by this user");
  expect(told('EACCES').remedy).toBe('open them');
  expect(told('ENOENT').message).toContain('does not exist');
  expect(told('ECONNREFUSED').message).toContain('has no process behind it');
  expect(told('ENOENT').remedy).toContain('selvage node --data DIR');
});
