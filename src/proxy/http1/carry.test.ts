import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { threadProcessorMs } from '../../platform/index.ts';
import { Carry } from './carry.ts';
import { headEnd } from './head-end.ts';

describe('bytes that wait', () => {
  test('are all there in order, whatever parts they come in and whatever of them is used', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 });
    fc.assert(
      fc.property(parts, fc.array(fc.nat(50), { maxLength: 30 }), (arriving, uses) => {
        const carry = new Carry();
        let expected: number[] = [];
        for (const [index, part] of arriving.entries()) {
          expected.push(...part);
          const all = carry.take(Buffer.from(part));
          expect([...all]).toEqual(expected);
          const used = Math.min(uses[index] ?? 0, all.length);
          expected = expected.slice(used);
          if (used === all.length) carry.clear();
          else carry.hold(all.subarray(used), 0);
          expect(carry.isEmpty).toBe(expected.length === 0);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  test('take time by their number, not by its square, when they come one by one', () => {
    const carry = new Carry();
    const one = Buffer.from('x');
    const before = threadProcessorMs();
    for (let count = 0; count < 512 * 1024; count++) {
      const { searched } = carry;
      const all = carry.take(one);
      const end = headEnd(all, searched);
      if (end.ok) expect(end.value).toBe(0);
      carry.hold(all, all.length);
    }
    expect(threadProcessorMs() - before).toBeLessThan(1_500);
  });

  test('are copies: the buffer that they came in may be used again', () => {
    const carry = new Carry();
    const arriving = Buffer.from('ab');
    carry.hold(arriving, 0);
    arriving.fill('x');
    expect(carry.take(Buffer.from('c')).toString()).toBe('abc');
  });
});
