import { expect, test } from 'bun:test';
import { fieldDifferences } from './field-differences.ts';

test('each field that changed is said in words, with what it was and is', () => {
  const was = { protocol: 'http', connectTimeoutMs: 1_000, identities: ['a', 'b'], port: 80 };
  expect(fieldDifferences(was, was)).toBe('');
  expect(
    fieldDifferences(was, { protocol: 'tcp', connectTimeoutMs: 500, identities: ['b', 'c'] }),
  ).toBe('protocol http → tcp, connect timeout 1s → 500ms, identities + c - a, port 80 → none');
});

test('who may be a workload, and where, is never only said to have changed', () => {
  const was = { spiffeId: 'spiffe://a/x', nodes: 'any', selectors: { uid: 1_000 } };
  const is = {
    spiffeId: 'spiffe://a/y',
    nodes: ['n1', 'n2'],
    selectors: { uid: 'node', executable: '/bin/a' },
  };
  expect(fieldDifferences(was, is)).toBe(
    'identity spiffe://a/x → spiffe://a/y, nodes any → n1 n2, uid 1000 → node, executable none → /bin/a',
  );
});

test('what is too long for a line is named', () => {
  expect(fieldDifferences({ keys: [{}] }, { keys: [] })).toBe('keys');
});

test('an instant is said as people write it', () => {
  expect(fieldDifferences({ beforeMs: 0 }, { beforeMs: 86_400_000 })).toBe(
    'before 1970-01-01T00:00:00.000Z → 1970-01-02T00:00:00.000Z',
  );
});
