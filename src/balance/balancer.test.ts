import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FakeClock, seededRandom } from '../ports/testing/index.ts';
import { Balancer } from './balancer.ts';

const endpoints = (...ids: string[]) => ids.map((id) => ({ id }));

function balancerOf(...ids: string[]) {
  const clock = new FakeClock();
  const balancer = new Balancer<{ id: string }>(clock, seededRandom(1));
  balancer.update(endpoints(...ids));
  const picks = (count: number) => Array.from({ length: count }, () => balancer.pick()?.id);
  return { clock, balancer, picks };
}

const countOf = (picks: (string | undefined)[], id: string) =>
  picks.filter((picked) => picked === id).length;

describe('a balancer', () => {
  test('goes round in turn', () => {
    const { picks } = balancerOf('a', 'b', 'c');
    const seen = picks(6);
    expect(new Set(seen.slice(0, 3)).size).toBe(3);
    expect(seen.slice(3)).toEqual(seen.slice(0, 3));
  });

  test('has nothing to offer without endpoints, or when all were tried', () => {
    const { balancer } = balancerOf();
    expect(balancer.pick()).toBeUndefined();
    balancer.update(endpoints('a', 'b'));
    expect(balancer.pick(endpoints('a', 'b'))).toBeUndefined();
    expect(balancer.pick(endpoints('a'))?.id).toBe('b');
  });

  test('sets a failed endpoint aside for about a second, then tries it again', () => {
    const { clock, balancer, picks } = balancerOf('a', 'b');
    balancer.failed({ id: 'a' });
    clock.advance(790);
    expect(countOf(picks(10), 'a')).toBe(0);
    clock.advance(420);
    expect(countOf(picks(10), 'a')).toBe(5);
  });

  test('waits twice as long after each failure in a row, never more than 30 s and a fifth', () => {
    const { clock, balancer, picks } = balancerOf('a', 'b');
    for (let failures = 1; failures <= 12; failures++) {
      const nominalMs = Math.min(1_000 * 2 ** (failures - 1), 30_000);
      balancer.failed({ id: 'a' });
      clock.advance(nominalMs * 0.79);
      expect(countOf(picks(4), 'a')).toBe(0);
      clock.advance(nominalMs * 0.42);
      expect(countOf(picks(4), 'a')).toBe(2);
    }
  });

  test('forgets failures after one success', () => {
    const { clock, balancer, picks } = balancerOf('a', 'b');
    for (let failures = 0; failures < 6; failures++) balancer.failed({ id: 'a' });
    balancer.succeeded({ id: 'a' });
    expect(countOf(picks(4), 'a')).toBe(2);
    balancer.failed({ id: 'a' });
    clock.advance(1_210);
    expect(countOf(picks(4), 'a')).toBe(2);
  });

  test('uses all endpoints when all of them failed', () => {
    const { balancer, picks } = balancerOf('a', 'b');
    balancer.failed({ id: 'a' });
    balancer.failed({ id: 'b' });
    const seen = picks(4);
    expect(countOf(seen, 'a')).toBe(2);
    expect(countOf(seen, 'b')).toBe(2);
  });

  test('keeps what it knows of endpoints that stay when the set changes', () => {
    const { balancer, picks } = balancerOf('a', 'b');
    balancer.failed({ id: 'a' });
    balancer.update(endpoints('c', 'a'));
    expect(new Set(picks(4))).toEqual(new Set(['c']));
    balancer.update(endpoints('c'));
    balancer.update(endpoints('a', 'c'));
    expect(countOf(picks(4), 'a')).toBe(2);
  });

  test('is fair and always picks an untried endpoint while one is left', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(7), { maxLength: 8 }),
        (ids, failed) => {
          const { balancer } = balancerOf(...ids);
          for (const index of failed) balancer.failed({ id: ids[index % ids.length] ?? '' });
          const tried: { id: string }[] = [];
          for (const _ of ids) {
            const picked = balancer.pick(tried);
            if (picked === undefined) return false;
            tried.push(picked);
          }
          return new Set(tried.map(({ id }) => id)).size === ids.length;
        },
      ),
      { seed: 7 },
    );
  });
});
