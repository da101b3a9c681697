import { describe, expect, test } from 'bun:test';
import { recordingMeter } from '../ports/testing/index.ts';
import { ProxyMetrics } from './metrics.ts';

describe('the numbers of a data plane', () => {
  test('count callers each for themselves, up to a bound, then together', () => {
    const meter = recordingMeter();
    const metrics = new ProxyMetrics(meter);
    for (let caller = 0; caller < 1_100; caller++) {
      metrics.pair(`default/c${caller}`, 'default/web', 'inbound').answered(200, 1);
    }
    const count = (source: string) =>
      meter.value('selvage_requests_total', {
        source,
        destination: 'default/web',
        direction: 'inbound',
        code: '200',
      });
    expect(count('default/c999')).toBe(1);
    expect(count('default/c1000')).toBe(0);
    expect(count('others')).toBe(100);
  });

  test('are the same object for the same names', () => {
    const metrics = new ProxyMetrics(recordingMeter());
    const pair = () => metrics.pair('default/a', 'default/web', 'outbound');
    expect(pair()).toBe(pair());
  });
});
