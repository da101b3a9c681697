import { expect, test } from 'bun:test';
import { parseNetwork } from './network.ts';

test('an address and a block of addresses of either family are networks', () => {
  for (const text of ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1', '::ffff:10.0.0.1/128']) {
    expect(parseNetwork(text)).toMatchObject({ ok: true, value: { text } });
  }
});

test('anything else is none, above all what would say more in a rule', () => {
  const others = [
    '',
    'example.org',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '2001:db8::/129',
    '2001:db8::/',
    '1:2:3',
    ':::',
    '10.0.0.0/8 } accept; #',
    '10.0.0.0/8\n',
    '::1]/',
  ];
  for (const text of others) expect(parseNetwork(text).ok, text).toBe(false);
});
