import { expect, test } from 'bun:test';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { holdsSocket, parseSocketRow, socketsBetween } from './socket-owners.ts';

const LOOPBACK = '127.0.0.1';
const never = () => false;

test('rows of the kernel’s tables are read, IPv4 inside IPv6 included, and what is none is not', () => {
  const row =
    '  421: 0100007F:A1B2 4C00007F:0035 01 00000000:00000000 00:00000000 00000000  1000        0 51234 2 0000 0';
  expect(parseSocketRow(row)).toEqual({
    local: { host: '127.0.0.1', port: 0xa1b2 },
    remote: { host: '127.0.0.76', port: 53 },
    uid: 1000,
    inode: 51_234,
  });
  const mapped = '0000000000000000FFFF00000100007F';
  const inIpv6 = row.replace('0100007F', mapped).replace('4C00007F', '0'.repeat(32));
  expect(parseSocketRow(inIpv6)?.local.host).toBe('127.0.0.1');
  expect(parseSocketRow(inIpv6)?.remote.host).toBe('0.0.0.0');
  expect(parseSocketRow(row.replace('0100007F', '0'.repeat(31).concat('1')))).toBeUndefined();
  expect(parseSocketRow('')).toBeUndefined();
  expect(parseSocketRow('  sl  local_address rem_address')).toBeUndefined();
});

test('the process that sends is found by its socket, whether that is connected or not', async () => {
  const server = createSocket('udp4');
  await new Promise<void>((resolve) => void server.bind(0, LOOPBACK, resolve));
  const to = { host: LOOPBACK, port: server.address().port };
  for (const connected of [true, false]) {
    const client = createSocket('udp4');
    await new Promise<void>((resolve) => {
      if (connected) client.connect(to.port, to.host, resolve);
      else client.bind(0, () => resolve());
    });
    const found = socketsBetween('udp', { host: LOOPBACK, port: client.address().port }, to);
    expect(found).toHaveLength(1);
    expect(found[0]?.uid).toBe(process.getuid?.() ?? -1);
    expect(holdsSocket([process.pid], found, never)).toBe(true);
    expect(holdsSocket([1], found, never)).toBe(false);
    client.close();
  }
  server.close();
});

test('a connection is found by both its ends', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = connect(port, LOOPBACK);
  await new Promise<void>((resolve) => void client.once('connect', resolve));
  const from = { host: LOOPBACK, port: client.localPort ?? 0 };
  const found = socketsBetween('tcp', from, { host: LOOPBACK, port });
  expect(found).toHaveLength(1);
  expect(socketsBetween('udp', from, { host: LOOPBACK, port })).toEqual([]);
  client.destroy();
  server.close();
});

test('a search ends when it is told to', () => {
  const nobody = [{ inode: 1, uid: 0 }];
  let looks = 0;
  const isSpent = () => {
    looks += 1;
    return looks > 2;
  };
  expect(holdsSocket([process.pid], nobody, isSpent)).toBeUndefined();
  expect(looks).toBe(3);
});
