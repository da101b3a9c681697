import { beforeEach, expect, test } from 'bun:test';
import { refusalOf } from '../core/testing/index.ts';
import {
  decodeKeptList,
  History,
  openKeptList,
  TrustStore,
  verifyTrust,
} from '../governance/index.ts';
import { GovernedMesh, offer, payments, policy } from '../governance/testing/index.ts';
import { openStore, scratchDirs } from '../platform/index.ts';
import type { Store } from '../ports/index.ts';
import { FakeClock, recordingMeter } from '../ports/testing/index.ts';
import type { NodeView } from '../registry/index.ts';
import { rootSha256 } from './init-node.ts';
import { RolloutWatch } from './rollout-watch.ts';
import { TrustHistory } from './trust-history.ts';

const mesh = new GovernedMesh();
const PIN = rootSha256(mesh.founded);
const governors = mesh.governors.slice(0, 3);
const text = (n: number) => `permit(principal, action, resource); // ${n}`;

/** 2: what the mesh began with; 3: policy a; 4: other text; then payments/2. */
const third = mesh.publish(mesh.founded, { put: [policy('a', text(3))], by: governors });
const fourth = mesh.publish(third, { put: [policy('a', text(4))], by: governors });
const fifth = mesh.publish(fourth, {
  put: [policy('pay', undefined, payments)],
  by: mesh.payments.slice(1),
});
const ALL = [mesh.founded, third, fourth, fifth];

let disk: Store;
let trust: TrustStore;
let clock: FakeClock;
let history: TrustHistory;

const begun = () =>
  new TrustHistory({ history: new History(disk), trust, clock, others: () => ['n2', 'n3'] });

async function adopt(files: (typeof ALL)[number]): Promise<void> {
  const anchor = { pinnedRootSha256: PIN, scratch: scratchDirs(), now: Date.now() };
  const verified = await verifyTrust({ ...anchor, offered: offer(files) });
  if (!verified.ok) throw new Error(verified.error.detail);
  trust.adopt(verified.value);
}

beforeEach(async () => {
  disk = openStore(':memory:');
  trust = new TrustStore(disk);
  clock = new FakeClock(Date.UTC(2030, 0, 1));
  await adopt(mesh.founded);
  history = begun();
  history.follow();
  trust.onAdopted(history.follow);
  for (const files of ALL.slice(1)) {
    clock.advance(1_000);
    await adopt(files);
  }
});

test('changes are told newest first, with who signed each list and what it changed', () => {
  const [newest, before, ...rest] = history.changes();
  expect(newest).toMatchObject({
    parts: [{ version: 'payments/2', signedBy: ['p2', 'p3'] }],
    publishedBy: 'n1',
    adoptedAt: '2030-01-01T00:00:03.000Z',
    lines: ['+ policy payments/pay'],
    missed: [],
  });
  expect(before).toMatchObject({
    parts: [{ version: '4', signedBy: ['g1', 'g2', 'g3'] }],
    lines: ['~ policy a'],
  });
  expect(rest).toHaveLength(2);
  expect(rest.at(-1)?.parts[0]?.version).toBe('root 2');
});

test('a node that starts again goes on where it was', () => {
  const again = begun();
  again.follow();
  expect(again.changes()).toEqual(history.changes());
});

test('versions of one list are compared with each other, and with what is in force', () => {
  expect(history.difference('3', '4').lines).toEqual(['~ policy a']);
  expect(history.difference('4', '2').lines).toEqual(['- policy a']);
  expect(history.difference('payments/1', undefined)).toEqual({
    from: 'payments/1',
    to: 'payments/2',
    lines: ['+ policy payments/pay'],
  });
  expect(refusalOf(() => history.difference('3', 'payments/1')).code).toBe('VERSIONS_OF_TWO_LISTS');
  expect(refusalOf(() => history.difference('seven', undefined)).code).toBe('VERSION_MALFORMED');
});

test('a list is handed out as it was signed, and one that is not kept is said with whom to ask', () => {
  const decoded = decodeKeptList(Buffer.from(history.list('3'), 'base64'));
  if (!decoded.ok) throw new Error(decoded.error);
  const name = { role: 'targets', version: 3 } as const;
  const opened = openKeptList(trust.repository(), name, decoded.value);
  expect(opened.ok && [...opened.value.contents.keys()]).toContain('policies/a.cedar');
  const { code, message, remedy } = refusalOf(() => history.list('1'));
  expect([code, message]).toEqual([
    'VERSION_NOT_KEPT',
    'version 1 is not kept here: this node keeps versions 2 to 4 of it, and perhaps not all',
  ]);
  expect(remedy).toContain('there longer: n2, n3.');
});

test('a rollout of a version counts nodes with that set, or with one that came later', () => {
  const changes = history.changes().toReversed();
  const set = (at: number) => ({
    version: [2, 3, 4, 4][at] ?? 0,
    digest: changes[at]?.digest ?? '',
    root: 2,
    revision: trust.current().revision - 3 + at,
  });
  const node = (name: string, at: number) =>
    ({ name, state: 'alive', enforces: set(at) }) as unknown as NodeView; // what is asked of it
  const views = [node('n1', 3), node('n2', 2), node('n3', 1)];
  const watch = new RolloutWatch({
    trust,
    history,
    meter: recordingMeter(),
    registry: { nodeViews: () => views },
  });
  const late = (version?: string) =>
    watch.view(version).nodes.flatMap(({ name, has }) => (has ? [] : [name]));
  expect(late()).toEqual(['n2', 'n3']);
  expect(late('payments/2')).toEqual(['n2', 'n3']);
  expect(late('4')).toEqual(['n3']);
  expect(late('3')).toEqual([]);
  expect(watch.view('3')).toMatchObject({ version: '3', complete: true, publishedBy: 'n1' });
  expect(watch.view('9')).toMatchObject({ version: '9', complete: false, have: 0 });
  expect(refusalOf(() => watch.view('x y')).code).toBe('VERSION_MALFORMED');
});
