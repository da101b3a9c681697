import { describe, expect, test } from 'bun:test';
import { describeDuration, formatDuration, parseDuration } from './duration.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import { isDnsLabel, parseServiceKey, type ServiceKey, splitServiceKey } from './ids.ts';
import { formatProblem } from './problem.ts';

describe('durations', () => {
  test('one number and one unit are read, anything else is said to be wrong', () => {
    expect(parseDuration('250ms')).toEqual({ ok: true, value: 250 });
    expect(parseDuration('1h')).toEqual({ ok: true, value: 3_600_000 });
    for (const text of ['', '1', 'h', '1h30m', '-1s', '1.5s', ' 1s', '99999999999s']) {
      expect(parseDuration(text).ok).toBe(false);
    }
  });

  test('what is written is read back', () => {
    for (const ms of [0, 1, 999, 1_000, 61_000, 3_600_000, 604_800_000]) {
      expect(parseDuration(formatDuration(ms))).toEqual({ ok: true, value: ms });
    }
  });

  test('a person sees the two largest units', () => {
    expect(describeDuration(3_552_900)).toBe('59m 12s');
    expect(describeDuration(90_061_000)).toBe('1d 1h');
    expect(describeDuration(-5)).toBe('0s');
  });
});

describe('service names', () => {
  test('are read in each form that people write', () => {
    const web = 'shop/web' as ServiceKey;
    expect(parseServiceKey('shop/web')).toEqual({ ok: true, value: web });
    expect(parseServiceKey('web.shop')).toEqual({ ok: true, value: web });
    expect(parseServiceKey('web')).toEqual({ ok: true, value: 'default/web' as ServiceKey });
    expect(splitServiceKey(web)).toEqual({ namespace: 'shop' as never, name: 'web' });
  });

  test('that are no DNS labels are refused', () => {
    for (const text of [
      '',
      'Web',
      'a_b',
      '-a',
      'a-',
      'a/b/c',
      'a.b.c',
      'a/',
      `${'a'.repeat(64)}`,
    ]) {
      expect(parseServiceKey(text).ok).toBe(false);
    }
    expect(isDnsLabel('a'.repeat(63))).toBe(true);
  });
});

describe('frames', () => {
  const payloads = [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(300).fill(7)];
  const stream = Buffer.concat(payloads.map(encodeFrame));

  test('come out whole however the stream is cut', () => {
    for (const size of [1, 2, 3, 5, 7, 64, stream.length]) {
      const reader = new FrameReader(300);
      const out: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        const got = reader.push(stream.subarray(at, at + size));
        if (!got.ok) throw new Error(got.error);
        out.push(...got.value);
      }
      expect(out.map((frame) => [...frame])).toEqual(payloads.map((payload) => [...payload]));
    }
  });

  test('over the limit are refused from their header alone', () => {
    expect(new FrameReader(299).push(stream.subarray(0, 9)).ok).toBe(true);
    expect(new FrameReader(299).push(stream.subarray(9, 13)).ok).toBe(false);
  });
});

test('a problem is written as editors read it', () => {
  expect(formatProblem({ file: 'a.yaml', line: 3, column: 5, message: 'no' })).toBe(
    'a.yaml:3:5: no',
  );
  expect(formatProblem({ file: 'a.yaml', message: 'no' })).toBe('a.yaml: no');
});
