import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Endpoint } from './endpoint.ts';
import { Endpoints } from './endpoint-list.ts';
import { claimOn, N1 } from './testing/index.ts';

const endpoint = (id: string): Endpoint => ({
  id,
  node: N1,
  claim: claimOn(N1, {}),
  state: 'ready',
  reason: undefined,
});

const change = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  kind: fc.constantFrom('put', 'remove', 'look'),
});

test('a list is in the order of the ids, and never changes once it was shown', () => {
  const property = fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
    const endpoints = new Endpoints();
    const held = new Map<string, Endpoint>();
    const shown: [list: readonly Endpoint[], then: readonly Endpoint[]][] = [];
    for (const { id, kind } of changes) {
      const one = endpoint(id);
      if (kind === 'put') endpoints.put(one);
      if (kind === 'put') held.set(id, one);
      if (kind === 'remove') endpoints.remove(id);
      if (kind === 'remove') held.delete(id);
      expect(endpoints.find(id)).toBe(held.get(id));
      expect(endpoints.isEmpty).toBe(held.size === 0);
      if (kind === 'look') shown.push([endpoints.list, [...endpoints.list]]);
    }
    expect(endpoints.list).toEqual([...held.keys()].toSorted().flatMap((id) => held.get(id) ?? []));
    for (const [list, then] of shown) expect(list).toEqual(then);
  });
  fc.assert(property, { seed: 7, numRuns: 300 });
});

test('it is the very same list until one of them is another', () => {
  const endpoints = new Endpoints();
  endpoints.put(endpoint('a'));
  const { list } = endpoints;
  endpoints.remove('b');
  expect(endpoints.list).toBe(list);
  endpoints.put(endpoint('a'));
  expect(endpoints.list).not.toBe(list);
});
