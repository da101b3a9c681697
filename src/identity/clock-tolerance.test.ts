import { expect, test } from 'bun:test';
import { NOW } from '../crypto/testing/index.ts';
import { CLOCK_TOLERANCE_MS, requireAgreeingClocks } from './clock-tolerance.ts';

test('clocks a minute apart agree', () => {
  expect(requireAgreeingClocks(NOW, NOW + CLOCK_TOLERANCE_MS, 'n1')).toBeUndefined();
  expect(requireAgreeingClocks(NOW + CLOCK_TOLERANCE_MS, NOW, 'n1')).toBeUndefined();
});

test('clocks further apart do not, and the message says which way and how far', () => {
  const ten = 600_000;
  expect(() => requireAgreeingClocks(NOW, NOW + ten, 'n1')).toThrow(
    "this host's clock is 10m behind that of n1; at most 1m is borne",
  );
  expect(() => requireAgreeingClocks(NOW + ten, NOW, 'n1')).toThrow('10m ahead of that of n1');
});
