import { expect, test } from 'bun:test';
import { claimOn, endpointClaim, N1, nodeClaim, ToldRegistry } from './testing/index.ts';

const problemOf = (claim: unknown) => new ToldRegistry().sayEndpoint(N1, 'k', claim);

test('a claim that makes no sense is refused, and it is said what is wrong with it', () => {
  const odd: readonly (readonly [string, unknown])[] = [
    ['expected object', 'nonsense'],
    ['port', { ...endpointClaim(), port: 0 }],
    ['port', { ...endpointClaim(), port: 65_536 }],
    ['address', { ...endpointClaim(), address: 'evil.example' }],
    ['lacks its namespace', { ...endpointClaim(), service: 'web' }],
    ['service', { ...endpointClaim(), service: 'Shop/web' }],
    ['spiffeId', { ...endpointClaim(), spiffeId: 'spiffe://shop.example/../x' }],
    ['weight', { ...endpointClaim(), weight: 0 }],
    ['weight', { ...endpointClaim(), weight: 1_001 }],
    ['locality', { ...endpointClaim(), locality: 'eu west' }],
    ['locality', { ...endpointClaim(), locality: '' }],
    ['draining', { ...endpointClaim(), draining: 'soon' }],
    ['labels', { ...endpointClaim(), labels: { 'a b': 'c' } }],
    ['labels', { ...endpointClaim(), labels: { a: 'x'.repeat(64) } }],
    [
      'at most 32 labels',
      {
        ...endpointClaim(),
        labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, 'v'])),
      },
    ],
  ];
  for (const [reason, value] of odd) expect(problemOf(value)).toContain(reason);
});

test('what a node may say of itself is bounded', () => {
  const addresses = Array(33).fill('/ip4/10.0.0.1/tcp/1');
  const claim = { ...nodeClaim(N1, '10.0.0.1'), addresses };
  expect(new ToldRegistry().sayNode(N1, claim)).toContain('addresses');
});

test('thousands of mistakes are told of in one bounded line', () => {
  const labels = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`bad ${n}`, '?']));
  const problem = problemOf({ ...endpointClaim(), labels });
  expect(problem).toContain('and 4995 more');
  expect(problem?.length).toBeLessThan(1_001);
});

test('what an older node says is understood, and what a newer one says beyond it is left out', () => {
  const { weight: _weight, draining: _draining, ...older } = claimOn(N1);
  const told = new ToldRegistry();
  told.sayNode(N1);
  for (const claim of [older, { ...claimOn(N1), colour: 'blue' }]) {
    told.sayEndpoint(N1, 'k', claim);
    expect(told.registry.endpointsOn(N1)).toMatchObject([{ claim: claimOn(N1), state: 'ready' }]);
  }
});
