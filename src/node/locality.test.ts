import { expect, test } from 'bun:test';
import type { NodeName, TrustDomain } from '../core/index.ts';
import { localityOf } from './locality.ts';

// labels, by inspection
const identity = { trustDomain: 'shop.example' as TrustDomain, node: 'n2' as NodeName, epoch: 1 };
const bound = { ...identity, locality: 'eu/rack-7' };

test('a node runs where its token said, else where its configuration says', () => {
  expect(localityOf({ locality: '' }, bound)).toEqual({ locality: 'eu/rack-7' });
  expect(localityOf({ locality: 'eu/rack-7' }, bound)).toEqual({ locality: 'eu/rack-7' });
  expect(localityOf({ locality: 'us/1' }, identity)).toEqual({ locality: 'us/1' });
  expect(localityOf({ locality: '' }, identity)).toEqual({});
});

test('a node does not start elsewhere than its token allows', () => {
  expect(() => localityOf({ locality: 'us/1' }, bound)).toThrow(
    'the node n2 may run in eu/rack-7 only, and is configured for us/1',
  );
});
