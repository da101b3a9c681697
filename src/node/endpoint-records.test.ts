import { beforeEach, expect, test } from 'bun:test';
import { PlatformError } from '../platform/index.ts';
import { ENDPOINT_KIND, type EndpointClaim } from '../registry/index.ts';
import { endpointClaim } from '../registry/testing/sample-trust.ts';
import type { RecordStore } from '../replication/index.ts';
import { MAX_RECORDS_PER_WRITER } from '../replication/limits.ts';
import { EndpointRecords } from './endpoint-records.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

let n1: TestMember;
let records: RecordStore;
let endpoints: EndpointRecords;
const recordSync = { mayWrite: true };
beforeEach(async () => {
  ({ n1 } = await TestMesh.found());
  recordSync.mayWrite = true;
  start();
});

/** The node, for the first time or again. */
function start(): void {
  records = n1.openRecords();
  endpoints = new EndpointRecords({ node: n1.name, records, recordSync, log: n1.log });
}

const at = (port: number): EndpointClaim => endpointClaim({ port });
const ports = () =>
  [...records.snapshot().records()]
    .filter(({ content }) => content.kind === ENDPOINT_KIND && !content.tombstone)
    .map(({ content }) => [content.key, Object(content.value).port])
    .sort();

test('workloads that come and go all day leave a place for the next one', () => {
  endpoints.announce('first', at(1));
  for (let n = 0; n < MAX_RECORDS_PER_WRITER + 100; n++) {
    expect(endpoints.announce(`instance-${n}`, at(2 + (n % 9)))).toBe(true);
    endpoints.withdraw(`instance-${n}`);
  }
  endpoints.announce('last', at(99));
  expect(ports()).toEqual([
    ['workload-0', 1],
    ['workload-1', 99],
  ]);
  expect(records.snapshot().count).toBe(2);
});

test('an endpoint keeps its key while its sidecar lives, whoever else goes', () => {
  for (const n of [0, 1, 2]) endpoints.announce(`instance-${n}`, at(n + 1));
  endpoints.withdraw('instance-1');
  endpoints.withdraw('instance-1'); // told twice: its key may be another's by then
  endpoints.announce('instance-3', at(4));
  endpoints.withdraw('instance-1');
  endpoints.announce('instance-2', at(5));
  expect(ports().toSorted()).toEqual([
    ['workload-0', 1],
    ['workload-1', 4],
    ['workload-2', 5],
  ]);
});

test('after a restart a sidecar has its key again, and those that did not come back are withdrawn', () => {
  for (const n of [0, 1, 2]) endpoints.announce(`instance-${n}`, at(n + 1));
  start();
  endpoints.announce('instance-1', at(2));
  endpoints.announce('new', at(7));
  endpoints.withdrawOrphans();
  expect(ports().toSorted()).toEqual([
    ['workload-1', 2],
    ['workload-3', 7],
  ]);
});

test('an endpoint that cannot be told of is no error of the workload', () => {
  expect(endpoints.announce('instance-1', at(1))).toBe(true);
  n1.clock.advance(8 * 86_400_000); // the credential has ended
  endpoints.withdraw('instance-1');
  expect(n1.log.lines.at(-1)).toMatchObject({ message: 'endpoint not withdrawn' });
  expect(endpoints.announce('instance-2', at(2))).toBe(false);
  expect(ports()).toEqual([]); // it ended with the credential
});

test('what a full disk kept from being withdrawn is withdrawn once there is room', () => {
  endpoints.announce('instance-1', at(1));
  const { withdraw } = records;
  records.withdraw = () => {
    throw new PlatformError('STATE_UNWRITABLE', 'state.db: disk is full');
  };
  endpoints.withdraw('instance-1');
  endpoints.withdrawOrphans();
  expect(endpoints.hasOrphans).toBe(true);
  records.withdraw = withdraw;
  endpoints.withdrawOrphans();
  expect([endpoints.hasOrphans, ports()]).toEqual([false, []]);
});

test('before the node may write nothing is announced, and it is to be tried again', () => {
  recordSync.mayWrite = false;
  expect(endpoints.announce('first', at(1))).toBe(false);
  expect(ports()).toEqual([]);
  recordSync.mayWrite = true;
  expect(endpoints.announce('first', at(1))).toBe(true);
  expect(ports()).toEqual([['workload-0', 1]]);
});

test('a sidecar that came back while the disk was full is no orphan', () => {
  endpoints.announce('instance-1', at(1));
  start();
  records.put = () => {
    throw new PlatformError('STATE_UNWRITABLE', 'state.db: disk is full');
  };
  expect(endpoints.announce('instance-2', at(1))).toBe(false);
  endpoints.withdrawOrphans();
  expect(ports()).toEqual([['workload-0', 1]]);
  endpoints.withdraw('instance-2');
  expect(ports()).toEqual([]);
});

test('what is gone is not withdrawn before the node may write', () => {
  endpoints.announce('instance-1', at(1));
  start();
  recordSync.mayWrite = false;
  endpoints.withdrawOrphans();
  expect(ports()).toEqual([['workload-0', 1]]);
  recordSync.mayWrite = true;
  endpoints.withdrawOrphans();
  expect(ports()).toEqual([]);
});
