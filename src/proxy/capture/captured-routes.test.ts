import { expect, test } from 'bun:test';
import type { NodeName, ServiceKey } from '../../core/index.ts';
import type { SnapshotService } from '../../snapshot/index.ts';
import { capturedRoutes, destinationKey } from './captured-routes.ts';

const node = 'n1' as NodeName; // a label

const service = (name: string, ...places: readonly (readonly [string, number])[]) =>
  ({
    key: `default/${name}` as ServiceKey, // a service key, by inspection
    protocol: 'http',
    identities: [],
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 1_000,
    endpoints: places.map(([address, port], at) => ({
      id: `${name}${at}`,
      node,
      address,
      port,
      labels: {},
    })),
  }) satisfies SnapshotService;

test('an endpoint’s address and port mean its service, and no other port of that address', () => {
  const routes = capturedRoutes([
    service('web', ['10.0.0.1', 7443], ['10.0.0.2', 7443]),
    service('db', ['10.0.0.1', 5432]),
  ]);
  expect(routes.get(destinationKey({ host: '10.0.0.2', port: 7443 }))).toBe('default/web' as never);
  expect(routes.get(destinationKey({ host: '10.0.0.1', port: 5432 }))).toBe('default/db' as never);
  expect(routes.get(destinationKey({ host: '10.0.0.2', port: 5432 }))).toBeUndefined();
});

test('an IPv6 address means the same however it is written', () => {
  const routes = capturedRoutes([service('web', ['2001:DB8:0:0::7', 443])]);
  expect(routes.get(destinationKey({ host: '2001:db8::7', port: 443 }))).toBe(
    'default/web' as never,
  );
});

test('an address that two services claim means neither, and means the one again that keeps it', () => {
  const [web, db] = [service('web', ['10.0.0.1', 80]), service('db', ['10.0.0.1', 80])];
  expect(capturedRoutes([web, db, service('mail', ['10.0.0.1', 80])]).size).toBe(0);
  expect(capturedRoutes([web, service('db')]).size).toBe(1);
  expect(capturedRoutes([service('web', ['10.0.0.1', 80], ['10.0.0.1', 80])]).size).toBe(1);
});

test('an address that one service claims alone means that one, whatever else may be there', () => {
  const outside = { host: '198.51.100.7', port: 5432 }; // a node's word: SECURITY.md says what that is worth
  const routes = capturedRoutes([service('web', [outside.host, outside.port])]);
  expect(routes.get(destinationKey(outside))).toBe('default/web' as never);
});
