import { beforeEach, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { ENDPOINT_KIND, NODE_KEY, NODE_KIND, type Registry } from '../registry/index.ts';
import { claimOn, nodeClaim, WEB } from '../registry/testing/index.ts';
import type { RecordStore } from '../replication/index.ts';
import { openRegistry } from './node-registry.ts';
import { WEB_SERVICE } from './testing/attached-sidecar.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const N1 = 'n1' as NodeName;

let mesh: TestMesh;
let n1: TestMember;
let records: RecordStore;
let registry: Registry;
beforeEach(async () => {
  mesh = await TestMesh.found();
  ({ n1 } = mesh);
  records = n1.openRecords();
  const { trust, clock, log } = n1;
  registry = openRegistry({ trust, records, self: N1, clock, log, stateOf: () => 'alive' });
});

test('the registry follows the records and what is in force', async () => {
  records.put(NODE_KIND, NODE_KEY, nodeClaim(N1, '10.0.0.1'));
  records.put(ENDPOINT_KIND, 'workload-0', claimOn(N1));
  expect(registry.endpointsOf(WEB_SERVICE)).toMatchObject([
    { id: 'n1/endpoint/workload-0', state: 'quarantined' },
  ]);
  await mesh.apply([
    {
      kind: 'Service',
      service: {
        key: WEB_SERVICE,
        protocol: 'http',
        identities: [WEB],
        connectTimeoutMs: 1_000,
        requestTimeoutMs: 1_000,
      },
    },
    {
      kind: 'Registration',
      registration: { key: 'shop/web', spiffeId: WEB, nodes: 'any', selectors: { uid: 'node' } },
    },
  ]);
  expect(registry.offered(WEB_SERVICE)).toHaveLength(1);
  records.withdraw(ENDPOINT_KIND, 'workload-0');
  expect(registry.offered(WEB_SERVICE)).toEqual([]);
});

test('only what a node says of itself under its own key makes it a node', () => {
  records.put(NODE_KIND, 'other', nodeClaim(N1, '10.0.0.1'));
  expect(registry.nodeViews()).toEqual([]);
  records.put(NODE_KIND, NODE_KEY, nodeClaim(N1, '10.0.0.1'));
  expect(registry.nodeViews()).toMatchObject([{ name: 'n1', state: 'self' }]);
});
