import { describe, expect, test } from 'bun:test';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { FIELD_CHARACTERS, LINES_PER_SECOND, LimitedLog } from './limited-log.ts';

function start() {
  const clock = new FakeClock();
  const log = recordingLog();
  const limited = new LimitedLog(log, clock);
  const written = (message: string) => log.lines.filter((line) => line.message === message);
  return { clock, limited, written };
}

describe('a log that strangers can write to', () => {
  test('has the first lines of a second, and then how many were left out', () => {
    const { clock, limited, written } = start();
    for (let count = 0; count < 1_000; count++) limited.warn('refused', 'expired', { count });
    expect(written('refused').length).toBe(LINES_PER_SECOND);
    expect(written('left lines out')).toEqual([]);
    clock.advance(1_000);
    expect(written('left lines out')).toMatchObject([
      { level: 'warn', fields: { line: 'refused', reason: 'expired', leftOut: 995 } },
    ]);
    limited.info('refused', 'expired', { count: 1_000 });
    expect(written('refused').at(-1)).toEqual({
      level: 'info',
      message: 'refused',
      fields: { count: 1_000, reason: 'expired' },
    });
  });

  test('has of equal lines the first in a minute, where who is refused asks again', () => {
    const { clock, limited, written } = start();
    const ask = (pid: number) => limited.warnOnce('refused', 'unregistered', { pid });
    for (let second = 0; second < 60; second++) {
      ask(1);
      clock.advance(1_000);
    }
    expect(written('refused')).toHaveLength(1);
    for (const pid of [1, 2, 1]) ask(pid);
    expect(written('refused').map(({ fields }) => fields.pid)).toEqual([1, 1, 2]);
    clock.advance(1_000);
    for (let pid = 3; pid < 3_000; pid++) ask(pid);
    expect(written('refused')).toHaveLength(3 + LINES_PER_SECOND); // those of strangers stay as few
  });

  test('has an equal line once there is room, though others took it when it was said first', () => {
    const { clock, limited, written } = start();
    for (let pid = 1; pid <= LINES_PER_SECOND; pid++) {
      limited.warnOnce('refused', 'unregistered', { pid });
    }
    limited.warnOnce('refused', 'unregistered', { pid: 99 });
    expect(written('refused').at(-1)?.fields.pid).toBe(LINES_PER_SECOND);
    clock.advance(1_000);
    limited.warnOnce('refused', 'unregistered', { pid: 99 });
    expect(written('refused').at(-1)?.fields.pid).toBe(99);
  });

  test('has the beginning of what is longer than any line need be', () => {
    const { limited, written } = start();
    const told = `${'a'.repeat(FIELD_CHARACTERS)}…`;
    for (const write of ['info', 'warn', 'error', 'warnOnce'] as const) {
      limited[write]('refused', 'malformed', { detail: 'a'.repeat(60_000), count: 60_000 });
      const fields = { detail: told, count: 60_000, reason: 'malformed' };
      expect(written('refused').at(-1)?.fields).toEqual(fields);
    }
  });

  test('keeps one kind apart from another', () => {
    const { limited, written } = start();
    for (let count = 0; count < 1_000; count++) limited.warn('refused', 'expired', {});
    limited.warn('refused', 'self', { address: '10.0.0.1' });
    limited.info('denied', 'expired', {});
    expect(written('refused').at(-1)?.fields).toEqual({ address: '10.0.0.1', reason: 'self' });
    expect(written('denied').length).toBe(1);
  });

  test('says nothing more about a second in which all was written', () => {
    const { clock, limited, written } = start();
    for (let count = 0; count < LINES_PER_SECOND; count++) limited.info('denied', 'policy', {});
    clock.advance(60_000);
    expect(written('left lines out')).toEqual([]);
  });
});
