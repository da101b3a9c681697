import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import type { NodeName, ServiceKey } from '../src/core/index.ts';
import {
  ENDPOINT_KIND,
  type EndpointClaim,
  NODE_KIND,
  type RecordSource,
  type Registry,
} from '../src/registry/index.ts';
import { claimOn } from '../src/registry/testing/index.ts';
import type { KindOwner, RecordLimits } from '../src/replication/index.ts';
import { MeshInMemory } from './mesh-in-memory.ts';

/** One bad record, or one bad writer, on a mesh of 20 nodes: it must be nobody's trouble but its own. */
setDefaultTimeout(120_000);

const WEB = 'shop/web' as ServiceKey;
const LIAR = 'n20' as NodeName;
/** A consumer of endpoints has a defect, and cannot take one at this port. */
const DEFECT = 666;

const LIMITS: RecordLimits = {
  recordsPerWriter: 32,
  bytesPerWriter: 65_536,
  changesPerMinute: 60,
  records: 4_096,
  bytes: 8_388_608,
};

/** How often the consumers of all nodes were asked to read an endpoint, by its port. */
let reads: Map<unknown, number>;
let mesh: MeshInMemory;
beforeEach(async () => {
  reads = new Map();
  mesh = new MeshInMemory(20, (name) => ({
    ...(name === LIAR ? {} : { limits: LIMITS }), // its own would hold it back
    follow,
  }));
  await mesh.start();
});
afterEach(() => mesh.stop());

function follow(registry: Registry, records: RecordSource): void {
  const { nodeOwner, endpointOwner } = registry;
  records.own(NODE_KIND, nodeOwner);
  const fragile: KindOwner<EndpointClaim> = {
    read(value, writer) {
      const port = Object(value).port;
      reads.set(port, (reads.get(port) ?? 0) + 1);
      return endpointOwner.read(value, writer);
    },
    set(record) {
      if (record.value.port === DEFECT) throw new TypeError('undefined is not an object');
      endpointOwner.set(record);
    },
    unset: endpointOwner.unset,
  };
  records.own(ENDPOINT_KIND, fragile);
}

const honest = () => mesh.nodes.filter(({ name }) => name !== LIAR);
const liar = () => mesh.node(LIAR).member.records;

/** Each honest node changes what it says; within seconds all honest nodes must see all of it. */
async function expectOthersFlow(port: number): Promise<void> {
  for (const { name } of honest()) mesh.serve(name, { port });
  await mesh.pass(5_000);
  for (const { name, registry } of honest()) {
    const seen = registry.offered(WEB).filter(({ claim }) => claim.port === port);
    expect([name, seen.map(({ node }) => node).toSorted()]).toEqual([
      name,
      honest()
        .map((node) => node.name)
        .toSorted(),
    ]);
  }
}

const quarantineOf = (name: NodeName) => {
  const { records, meter } = mesh.node(name).member;
  return {
    named: Object.fromEntries(records.quarantined().map(({ id, reason }) => [id, reason])),
    counted: meter.value('selvage_quarantined_records', { kind: ENDPOINT_KIND }),
  };
};

test('a record that makes no sense, and one that a consumer chokes on, are quarantined everywhere and stop nothing', async () => {
  liar().put(ENDPOINT_KIND, 'nonsense', { ...claimOn(LIAR), port: 0 });
  liar().put(ENDPOINT_KIND, 'poison', claimOn(LIAR, { port: DEFECT }));
  await mesh.pass(5_000);
  await expectOthersFlow(41_000);
  for (const { name } of mesh.nodes) {
    expect(quarantineOf(name)).toEqual({
      named: {
        'n20/endpoint/nonsense': expect.stringContaining('port'),
        'n20/endpoint/poison': 'TypeError: undefined is not an object',
      },
      counted: 2,
    });
  }
  expect(new Set(mesh.nodes.map(({ member }) => member.records.digest())).size).toBe(1);
});

test('what is quarantined is not tried again until its writer says something else', async () => {
  liar().put(ENDPOINT_KIND, 'poison', claimOn(LIAR, { port: DEFECT }));
  await mesh.pass(5_000);
  expect(reads.get(DEFECT)).toBe(20);
  await expectOthersFlow(41_000);
  await mesh.pass(120_000);
  expect(reads.get(DEFECT)).toBe(20);
  liar().put(ENDPOINT_KIND, 'poison', claimOn(LIAR, { port: 443 }));
  await mesh.pass(5_000);
  for (const { name, registry } of mesh.nodes) {
    expect(quarantineOf(name)).toEqual({ named: {}, counted: 0 });
    expect(registry.offered(WEB).some(({ claim }) => claim.port === 443)).toBe(true);
  }
});

test('a record of a kind that nobody knows travels on, and is not interpreted', async () => {
  liar().put('weather', 'tomorrow', ['rain']);
  await mesh.pass(5_000);
  for (const { name, member } of mesh.nodes) {
    expect(member.records.bytesOf('n20/weather/tomorrow')).toBeInstanceOf(Uint8Array);
    expect(quarantineOf(name)).toEqual({ named: {}, counted: 0 });
  }
});

test('a writer that floods is held to its quotas, and slows nobody else down', async () => {
  const FLOOD = 300;
  for (let n = 0; n < FLOOD; n++) {
    liar().put(ENDPOINT_KIND, `flood-${n % 60}`, claimOn(LIAR, { port: 1_024 + n }));
    if (n % 50 === 0) await mesh.pass(250);
  }
  await expectOthersFlow(41_000);
  let refused = 0;
  for (const { member, registry } of honest()) {
    expect(registry.endpointsOn(LIAR).length).toBeLessThanOrEqual(LIMITS.recordsPerWriter);
    for (const reason of ['too-fast', 'over-quota']) {
      refused += member.meter.value('selvage_record_refusals_total', { reason });
    }
  }
  expect(refused).toBeGreaterThan(0);
  const read = Array.from({ length: FLOOD }, (_, n) => reads.get(1_024 + n) ?? 0);
  const taken = read.reduce((sum, count) => sum + count, 0) - FLOOD; // its own node took all
  const seconds = 10; // of virtual time, at most
  const budget = LIMITS.recordsPerWriter + LIMITS.changesPerMinute * (1 + seconds / 60);
  expect(taken).toBeLessThanOrEqual(honest().length * budget);
});

test('a writer whose every record is poison fills no log, and is counted', async () => {
  for (let n = 0; n < LIMITS.recordsPerWriter - 2; n++) {
    liar().put(ENDPOINT_KIND, `poison-${n}`, claimOn(LIAR, { port: DEFECT }));
  }
  await mesh.pass(5_000);
  await expectOthersFlow(41_000);
  for (const { name, member } of honest()) {
    expect(quarantineOf(name).counted).toBe(LIMITS.recordsPerWriter - 2);
    const warnings = member.log.lines.filter(({ level }) => level === 'warn' || level === 'error');
    expect(warnings.length).toBeLessThan(5);
  }
});
