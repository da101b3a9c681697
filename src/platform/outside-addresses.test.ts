import { expect, test } from 'bun:test';
import { isOutside, parseNetworks } from './outside-addresses.ts';

const networks = (text: string) => {
  const parsed = parseNetworks(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
const none = networks('');

test.each([
  ['this host', ['127.0.0.1', '127.8.9.1', '::1', '0.0.0.0', '::']],
  ['private networks', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd12::1']],
  ['the link', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0']],
  ['metadata of clouds', ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16']],
  ['carriers and benchmarks', ['100.64.0.1', '198.18.0.1']],
  ['everybody at once', ['224.0.0.1', '255.255.255.255', 'ff02::1']],
  ['IPv4 inside of IPv6', ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1']],
  ['IPv4 behind a translator', ['64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '2002:7f00:1::', '2001::1']],
  ['what is no address', ['', 'localhost', '127.1', '0x7f000001', '2130706433', '010.0.0.1']],
])('SSRF: %s is not outside', (_, addresses) => {
  for (const address of addresses)
    expect([address, isOutside(address, none)]).toEqual([address, false]);
});

test('the world is outside', () => {
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111']) {
    expect([address, isOutside(address, none)]).toEqual([address, true]);
  }
});

test('networks that are named are reached, and none beside them', () => {
  const allowed = networks('10.4.0.0/16, fd12:3456::/48');
  expect(['10.4.1.2', 'fd12:3456::1'].map((one) => isOutside(one, allowed))).toEqual([true, true]);
  expect(['10.5.1.2', '127.0.0.1', 'fd12:3457::1'].map((one) => isOutside(one, allowed))).toEqual([
    ...[false, false, false],
  ]);
});

test.each([
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '0.0.0.0/0',
  '::/0',
  'a/8',
  '10.0.0.0/8/8',
  '1/8',
])('a block of addresses such as %s is refused', (text) =>
  expect(parseNetworks(text)).toMatchObject({ ok: false }),
);
