import { describe, expect, test } from 'bun:test';
import { readH2load } from './h2load.ts';
import { readWrk } from './wrk.ts';

const wrkLine = (errors: Readonly<Record<string, number>>): string =>
  JSON.stringify({
    ...{
      requests: 25_000,
      bytes: 30_000_000,
      connect: 0,
      read: 0,
      write: 0,
      status: 0,
      timeout: 0,
    },
    ...errors,
  });

describe('a load over HTTP/1.1', () => {
  test('counts what was answered, among what wrk says besides', () => {
    const output = `Running 1s test @ http://127.0.0.1:1/\n  1 threads\n${wrkLine({})}\n`;
    expect(readWrk(output)).toEqual({ requests: 25_000, bytes: 30_000_000 });
  });

  test.each(['connect', 'read', 'write', 'status', 'timeout'])(
    'fails with one error of kind %s',
    (kind) => {
      expect(() => readWrk(wrkLine({ [kind]: 1 }))).toThrow(`of 25000 requests: ${kind} 1`);
    },
  );

  test('fails when nothing was answered, or nothing was said', () => {
    expect(() => readWrk(wrkLine({ requests: 0, bytes: 0 }))).toThrow('nothing was answered');
    expect(() => readWrk('Running')).toThrow('wrk said nothing');
  });
});

const h2load = (counts: string, good: number): string => `
finished in 1.00s, 20000.00 req/s, 20.00MB/s
requests: ${counts}
status codes: ${good} 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 20.00MB (20971520) total
`;

describe('a load of calls', () => {
  test('counts those that are done', () => {
    const counts =
      '20000 total, 20032 started, 20000 done, 20000 succeeded, 0 failed, 0 errored, 0 timeout';
    expect(readH2load(h2load(counts, 20_003))).toBe(20_000);
  });

  test('fails when one failed, has another status, or none is done', () => {
    const one = '20 total, 20 started, 20 done, 19 succeeded, 1 failed, 1 errored, 0 timeout';
    expect(() => readH2load(h2load(one, 20))).toThrow('not all calls succeeded');
    const all = '20 total, 20 started, 20 done, 20 succeeded, 0 failed, 0 errored, 0 timeout';
    expect(() => readH2load(h2load(all, 19))).toThrow('19 answers with status 2xx');
    const none = '0 total, 32 started, 0 done, 0 succeeded, 0 failed, 0 errored, 0 timeout';
    expect(() => readH2load(h2load(none, 0))).toThrow('not all calls succeeded');
    expect(() => readH2load('')).toThrow('not all calls succeeded');
  });
});
