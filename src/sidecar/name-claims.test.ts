import { expect, test } from 'bun:test';
import { createServer } from 'node:net';
import type { NodeName, ServiceKey } from '../core/index.ts';
import { refusalOf } from '../core/testing/index.ts';
import { PlatformError } from '../platform/index.ts';
import { sampleTrust } from '../registry/testing/sample-trust.ts';
import { buildSnapshot, type Place } from '../snapshot/index.ts';
import { NameClaims } from './name-claims.ts';
import { claimPort } from './port-claim.ts';

const WEB = 'shop/web' as ServiceKey;
const HOST = '127.95.1.1'; // of this test's own

const snapshotWith = (address?: string, port = 8_097) =>
  buildSnapshot({
    trust: {
      ...sampleTrust,
      services: sampleTrust.services.map((service) => ({ ...service, port })),
    },
    node: 'n1' as NodeName,
    offered: () => [],
    policyDigest: 'p',
    for: {
      upstreams: [WEB],
      addresses: new Map(address === undefined ? [] : [[WEB, address]]),
    },
  });

test('a place is claimed once, and again when it changes', () => {
  const places: Place[] = [];
  const claims = new NameClaims([WEB], (place) => places.push(place));
  claims.check(snapshotWith(HOST));
  claims.check(snapshotWith(HOST));
  claims.check(snapshotWith(HOST, 8_098));
  expect(places.map(({ port }) => port)).toEqual([8_097, 8_098]);
});

test('a service that is called at a local port alone needs no place', () => {
  const claims = new NameClaims([], () => {
    throw new Error('nothing is to be claimed');
  });
  claims.check(snapshotWith(HOST));
  claims.check(snapshotWith());
});

test('a name without an address is refused', () => {
  const { code, message } = refusalOf(() => new NameClaims([WEB], claimPort).check(snapshotWith()));
  expect([code, message]).toEqual(['NAME_NOT_SERVED', 'the node has no address for web.shop.mesh']);
});

test('a place that something has on all addresses is refused, with what to do', async () => {
  const foreign = createServer();
  await new Promise<void>((resolve) => void foreign.listen(8_097, '0.0.0.0', resolve));
  const { message, remedy } = refusalOf(() =>
    new NameClaims([WEB], claimPort).check(snapshotWith(HOST)),
  );
  foreign.close();
  expect(message).toBe(`web.shop.mesh: something listens on ${HOST}:8097 already`);
  expect(remedy).toContain('port 8097 of all addresses');
});

test('a port that this user may not have is refused, with the setting that allows it', () => {
  const forbidden = () => {
    throw new PlatformError('ADDRESS_UNAVAILABLE', 'this user may not listen there');
  };
  const { remedy } = refusalOf(() =>
    new NameClaims([WEB], forbidden).check(snapshotWith(HOST, 80)),
  );
  expect(remedy).toContain('net.ipv4.ip_unprivileged_port_start=80');
});
