import { expect, test } from 'bun:test';
import { formatVersion, parseVersionName } from './version-name.ts';

test('a version is named by its list, and read back', () => {
  for (const text of ['1', '7', 'payments/3', 'a-b/2147483647']) {
    const name = parseVersionName(text);
    if (!name.ok) throw new Error(name.error);
    expect(formatVersion(name.value)).toBe(text);
  }
  expect(parseVersionName('payments/3')).toEqual({
    ok: true,
    value: { role: 'ns.payments', version: 3 },
  });
});

test('what is no version says how to write one', () => {
  for (const text of ['', '0', '-1', '1.5', '07', 'x', 'payments/', 'a/b/3', '2147483648']) {
    const name = parseVersionName(text);
    expect(name.ok ? text : name.error).toContain('write a number');
  }
  for (const text of ['/3', 'A/3', 'a.b/3']) {
    const name = parseVersionName(text);
    expect(name.ok ? text : name.error).toContain('is no namespace');
  }
});
