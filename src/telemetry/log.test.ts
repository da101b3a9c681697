import { expect, test } from 'bun:test';
import { createLog, type LogLevel } from './log.ts';

function logged(level: LogLevel = 'info') {
  const lines: string[] = [];
  const log = createLog({
    level,
    name: 'node',
    destination: { write: (line) => lines.push(line) },
  });
  return { log, lines };
}

test('a line is JSON with level, ISO time, program, fields and message', () => {
  const { log, lines } = logged();
  log.child({ component: 'gossip' }).warn('peer refused', { peer: 'n2' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toEndWith('}\n');
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    name: 'node',
    component: 'gossip',
    peer: 'n2',
    message: 'peer refused',
  });
});

test('lines below the level are not written', () => {
  const { log, lines } = logged('warn');
  log.debug('a');
  log.info('b');
  log.error('c');
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['c']);
});

test('a field stands once in its line, and the innermost one counts', () => {
  const { log, lines } = logged();
  log.child({ component: 'a' }).child({ component: 'b' }).info('x', { component: 'c' });
  expect(lines[0]?.match(/component/g)).toHaveLength(1);
  expect(lines[0]).toContain('"component":"c"');
});

test('an error keeps its cause', () => {
  const { log, lines } = logged();
  log.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
  expect(JSON.parse(lines[0] ?? '').error).toMatchObject({
    message: 'outer',
    cause: { message: 'inner' },
  });
});
