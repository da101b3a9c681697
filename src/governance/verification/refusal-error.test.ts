import { expect, test } from 'bun:test';
import { refusal } from '../repository/index.ts';
import { refusedTrust } from './refusal-error.ts';

test('a refused repository tells a person what to do about it', () => {
  const codeOf = (reason: Parameters<typeof refusal>[0]) => refusedTrust(refusal(reason, 'x')).code;
  expect(codeOf('expired')).toBe('TRUST_EXPIRED');
  expect(codeOf('pinned-root-missing')).toBe('PINNED_ROOT_MISMATCH');
  expect(codeOf('trust-domain-changed')).toBe('TRUST_DOMAIN_MISMATCH');
  expect(codeOf('rollback')).toBe('TRUST_REFUSED');
  expect(refusedTrust(refusal('rollback', 'targets 1 after 2')).message).toBe(
    'rollback: targets 1 after 2',
  );
});
