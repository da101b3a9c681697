import { beforeEach, expect, test } from 'bun:test';
import type { TrustConflict } from '../governance/index.ts';
import type { Member } from '../membership/index.ts';
import { ENDPOINT_KIND, NODE_KEY, NODE_KIND } from '../registry/index.ts';
import { CredentialKeeper } from './credential-keeper.ts';
import { Freshness } from './freshness.ts';
import { openRegistry } from './node-registry.ts';
import { StatusReport, type StatusReportParts } from './status-report.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const DAY_MS = 86_400_000;

let mesh: TestMesh;
let members: Member[];
let conflicts: TrustConflict[];
let unissued: string[];
let unkept: string[];
beforeEach(async () => {
  mesh = await TestMesh.found();
  members = [];
  conflicts = [];
  unissued = [];
  unkept = [];
});

/** The report of a member that says that it listens on `listenHost`. */
function reportOf(
  member: TestMember,
  listenHost: string,
  {
    problem,
    closed = [],
    sessions = [],
    dns = { at: { host: '127.0.0.76', port: 53 } },
  }: {
    problem?: string;
    closed?: readonly object[];
    sessions?: readonly object[];
    dns?: StatusReportParts['dns'];
  } = {},
) {
  const { directory, trust, role, clock, random, log, meter } = member;
  const bundle = () => role.bundle();
  const credentials = new CredentialKeeper({
    directory,
    clock,
    random,
    log,
    bundle,
    signers: () => role.signers(),
    issueOwn: () => undefined,
  });
  const self = directory.identity.node;
  const records = member.openRecords();
  records.put(NODE_KIND, NODE_KEY, claimOf(self, listenHost));
  const registry = openRegistry({ trust, records, self, clock, log, stateOf: () => 'alive' });
  const report = new StatusReport({
    directory,
    state: { warnings: () => unkept },
    trust,
    records,
    role,
    clock,
    registry,
    credentials,
    freshness: new Freshness({ trust, clock, meter }),
    dates: { warnings: () => [] },
    authorityDates: { warnings: () => [] },
    countdown: { warnings: () => [] },
    trustSync: { conflicts: () => conflicts },
    issuance: { problems: () => unissued },
    // Of these only what stands here is read.
    membership: { members: () => members } as unknown as StatusReportParts['membership'],
    workloads: { sessions } as unknown as StatusReportParts['workloads'],
    policies: { problem, closed } as unknown as StatusReportParts['policies'],
    names: { namesOf: () => [] } as unknown as StatusReportParts['names'],
    dns,
  });
  return Object.assign(report, { records });
}

const claimOf = (name: string, listenHost: string, digest = mesh.n1.trust.current().digest) => ({
  name,
  listenHost,
  addresses: [],
  version: '0.1.0',
  enforces: { version: 1, digest },
});

test('that no authority issues is said', () => {
  unissued = ['no authority issued an identity (n1: it is dead)'];
  expect(reportOf(mesh.n1, '10.0.0.1').current().warnings).toEqual(unissued);
});

test('a disk that is full is said before all else', () => {
  unkept = ['nothing can be kept on disk'];
  unissued = ['no authority issued an identity (n1: it is dead)'];
  expect(reportOf(mesh.n1, '10.0.0.1').warnings()).toEqual([...unkept, ...unissued]);
});

test('when all is well nothing needs a person', () => {
  const status = reportOf(mesh.n1, '10.0.0.1').current();
  expect(status).toMatchObject({ node: 'n1', authority: 'yes', warnings: [] });
});

test('a credential or a date that ends soon, or has ended, is said', () => {
  const report = reportOf(mesh.n1, '10.0.0.1');
  mesh.clock.advance(6.5 * DAY_MS);
  expect(report.warnings()).toEqual([
    'the membership credential ends in 12h',
    expect.stringMatching(/^the trust repository’s timestamp ends in (12h|11h 59m)/),
  ]);
  mesh.clock.advance(DAY_MS);
  const [credential, freshness] = report.warnings();
  expect(credential).toStartWith('the membership credential has ended');
  expect(freshness).toStartWith('no authority has been heard of for longer than maxStaleness (7d)');
});

test('a member that is gone is said with for how long', () => {
  const report = reportOf(mesh.n1, '10.0.0.1');
  const n2 = { name: 'n2' as never, peerId: 'p', publicKey: mesh.n1.publicKey, epoch: 1 }; // a label
  const dead = { ...n2, addresses: [], state: 'dead', incarnation: 0 } as const;
  members = [
    { ...dead, lastContactMs: 90_000 },
    { ...dead, state: 'left' },
    { ...dead, state: 'suspect' },
  ];
  expect(report.current().members).toEqual({
    alive: 0,
    suspect: ['n2'],
    dead: ['n2'],
    left: ['n2'],
  });
  expect(report.warnings()).toEqual(['n2 is dead: it answered last 1m 30s ago']);
  members = [dead];
  expect(report.warnings()).toEqual(['n2 is dead: it has not answered since this node started']);
  members = Array.from({ length: 8 }, () => dead);
  expect(report.warnings()).toHaveLength(6);
  expect(report.warnings().at(-1)).toBe('3 more members are dead: see `selvage get members`');
  const addresses = ['/ip4/10.0.0.2/tcp/7600', '/ip4/10.0.0.2/udp/7601'];
  members = [{ ...dead, addresses, state: 'alive', withoutDatagramsMs: 40_000 }];
  expect(report.warnings()).toEqual([
    'n2 has answered by connection only for 40s: open UDP 7601 on the way',
  ]);
});

test('a node that contradicted itself is said, and where to look', () => {
  const report = reportOf(mesh.n1, '10.0.0.1');
  const lie = { id: 'n2/node/self', writer: 'n2' } as never; // of which only the writer is said
  report.records.evidence = () => [lie, lie];
  expect(report.warnings()).toEqual([
    expect.stringMatching(/^n2 contradicted itself in 2 records: .*selvage get evidence$/),
  ]);
});

test('policies that cannot be read are said', () => {
  expect(reportOf(mesh.n1, '10.0.0.1', { problem: 'x.cedar: what?' }).warnings()).toEqual([
    'policies cannot be read: x.cedar: what?',
  ]);
  const problem = { file: 'payments/x.cedar', line: 3, column: 1, message: 'what?' };
  expect(
    reportOf(mesh.n1, '10.0.0.1', { closed: [{ namespace: 'payments', problem }] }).warnings(),
  ).toEqual([
    'nobody may call services of payments, whose policies cannot be read: payments/x.cedar:3:1: what?',
  ]);
});

test('a workload whose application does not listen is said, once that is known', () => {
  const workload = (listens?: boolean) => ({
    facts: { pid: 77 },
    workload: { hello: { serves: { service: 'shop/web' } }, listens },
  });
  const sessions = [workload(), workload(true), workload(false), { facts: { pid: 1 } }];
  expect(reportOf(mesh.n1, '10.0.0.1', { sessions }).warnings()).toEqual([
    'shop/web (pid 77) gets no traffic: its application does not listen',
  ]);
});

test('workloads that call by name where nobody answers for names are said', () => {
  const caller = {
    facts: { pid: 71 },
    workload: { spiffeId: 'spiffe://shop.example/ns/shop/sa/web', hello: { named: ['shop/db'] } },
  };
  const problem = 'something listens on 127.0.0.76:53 already';
  const report = (sessions: readonly object[]) =>
    reportOf(mesh.n1, '10.0.0.1', { sessions, dns: { problem } }).warnings();
  expect(report([])).toEqual([]);
  expect(report([caller])).toEqual([
    `workloads call services by name, and this node answers for none: ${problem}`,
  ]);
});

test('a workload that carries with fewer workers than it was told to is said', () => {
  const workload = (serving: number) => ({
    facts: { pid: 70 + serving },
    workload: {
      spiffeId: 'spiffe://shop.example/ns/shop/sa/web',
      hello: {},
      enforces: { trustVersion: 1, workers: { serving, wanted: 2 } },
    },
  });
  const sessions = [workload(1), workload(2)];
  expect(reportOf(mesh.n1, '10.0.0.1', { sessions }).warnings()).toEqual([
    'spiffe://shop.example/ns/shop/sa/web (pid 71) runs 1 of its 2 workers: see its log',
  ]);
});

test('what contradicts what is in force is said', () => {
  const report = reportOf(mesh.n1, '10.0.0.1');
  conflicts = [
    {
      kind: 'two-roots',
      detail: 'two roots of version 3',
      remedy: 'Sign the next one.',
      firstAtMs: 0,
      lastAtMs: mesh.clock.now(),
      times: 1,
    },
  ];
  expect(report.warnings()).toEqual([
    'conflict in the trust repository (once, 0s ago): two roots of version 3. Sign the next one.',
  ]);
});

test('records that make no sense are said, a few of them and how many more there are', async () => {
  const other = (await mesh.member('n2')).openRecords();
  const report = reportOf(mesh.n1, '10.0.0.1');
  for (let n = 0; n < 7; n++) {
    other.put(ENDPOINT_KIND, `k${n}`, 'nonsense');
    report.records.accept(other.bytesOf(`n2/endpoint/k${n}`) ?? new Uint8Array(), 'peer-n2');
  }
  expect(report.warnings()).toEqual([
    ...[0, 1, 2, 3, 4].map((n) =>
      expect.stringContaining(`record n2/endpoint/k${n} is quarantined`),
    ),
    '2 more records are quarantined',
  ]);
});

test('a member whose records are refused for their date is said', async () => {
  const other = (await mesh.member('n2')).openRecords();
  const report = reportOf(mesh.n1, '10.0.0.1');
  mesh.clock.advance(120_000);
  other.put(NODE_KIND, NODE_KEY, claimOf('n2', '10.0.0.2'));
  mesh.clock.advance(-120_000);
  report.records.accept(other.bytesOf('n2/node/self') ?? new Uint8Array(), 'peer-n2');
  expect(report.warnings()).toEqual([
    expect.stringMatching(/^records of a member are refused: n2.* a clock is wrong$/),
  ]);
});

test('a node on a loopback address among nodes that are not is told to listen elsewhere', async () => {
  const n2 = await mesh.member('n2');
  const other = n2.openRecords();
  const report = reportOf(mesh.n1, '127.0.0.1');
  expect(report.warnings()).toEqual([]);
  other.put(NODE_KIND, NODE_KEY, claimOf('n2', '10.0.0.2'));
  const bytes = other.bytesOf('n2/node/self') ?? new Uint8Array();
  expect(report.records.accept(bytes, 'peer-n2')).toEqual({ outcome: 'stored' });
  mesh.clock.advance(20);
  expect(report.warnings()).toEqual([expect.stringContaining('n2 on 10.0.0.2')]);
});
