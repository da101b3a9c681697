import { expect, test } from 'bun:test';
import type { ServiceKey } from '../core/index.ts';
import { meshName, readMeshName } from './mesh-name.ts';
import { portForCallers } from './service-port.ts';

const read = (name: string) => readMeshName(name.split('.'));
const key = 'shop/catalog' as ServiceKey;

test('a service’s name is its own, its namespace’s and mesh, and is read back', () => {
  expect(meshName(key)).toBe('catalog.shop.mesh');
  expect(read('catalog.shop.mesh')).toEqual({ kind: 'service', key });
});

test('every name below mesh is told apart, and what is the name of nothing is none', () => {
  expect(read('mesh')).toEqual({ kind: 'suffix' });
  expect(read('shop.mesh')).toEqual({ kind: 'namespace', namespace: 'shop' as never });
  expect(read('_tcp.catalog.shop.mesh')).toEqual({ kind: 'transport', key });
  expect(read('_http._tcp.catalog.shop.mesh')).toEqual({ kind: 'protocol', key, protocol: 'http' });
  for (const name of [
    '_x.mesh',
    '-a.shop.mesh',
    'a.b.catalog.shop.mesh',
    '_udp.catalog.shop.mesh',
    'http._tcp.catalog.shop.mesh',
    'a._http._tcp.catalog.shop.mesh',
  ]) {
    expect(read(name)).toEqual({ kind: 'none' });
  }
});

test('a label that contains a dot is no two labels', () => {
  expect(readMeshName(['catalog.shop', 'mesh'])).toEqual({ kind: 'none' });
});

test('names outside are somebody else’s', () => {
  for (const name of ['example.com', 'mesh.example.com', '', 'notmesh']) {
    expect(read(name)).toEqual({ kind: 'foreign' });
  }
});

test('requests have port 80 when nothing is said, bytes and datagrams have none', () => {
  expect(portForCallers({ protocol: 'http' })).toBe(80);
  expect(portForCallers({ protocol: 'grpc', port: 7_000 })).toBe(7_000);
  expect(portForCallers({ protocol: 'tcp' })).toBeUndefined();
  expect(portForCallers({ protocol: 'auto' })).toBeUndefined();
  expect(portForCallers({ protocol: 'tcp', port: 5_432 })).toBe(5_432);
  expect(portForCallers({ protocol: 'udp' })).toBeUndefined();
  expect(portForCallers({ protocol: 'udp', port: 53 })).toBe(53);
});
