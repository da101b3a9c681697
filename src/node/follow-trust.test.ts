import { expect, test } from 'bun:test';
import { recordingLog } from '../ports/testing/index.ts';
import { sampleTrust } from '../registry/testing/sample-trust.ts';
import { followTrust } from './follow-trust.ts';

type Followed = Parameters<typeof followTrust>[0];

const JUDGED = ['own', 'dismiss', 'records'];
const REST = ['credentials', 'workloads', 'self'];

function start() {
  const taken: string[] = [];
  const log = recordingLog();
  const bundles = { now: {}, next: {} };
  let change: (set: typeof sampleTrust) => void = () => undefined;
  let revoke: () => void = () => undefined;
  const note = (what: string) => () => void taken.push(what);
  const plane = {
    trust: {
      onChange: (listener: typeof change) => {
        change = listener;
      },
      current: () => sampleTrust,
    },
    role: {
      bundle: () => bundles.now,
      follow: () => {
        taken.push('role');
        bundles.now = bundles.next;
      },
    },
    revocations: {
      follow: note('revocations'),
      checkOwn: note('own'),
      onChange: (listener: typeof revoke) => {
        revoke = listener;
      },
    },
    dismiss: note('dismiss'),
    records: {
      revalidate() {
        taken.push('records');
        throw new Error('disk full');
      },
    },
    credentials: { followTrust: note('credentials') },
  } as unknown as Followed; // of these only what stands here is called
  followTrust(plane, log, [note('workloads'), note('self')]);
  return { taken, log, bundles, change: () => change(sampleTrust), revoke: () => revoke() };
}

test('what takes rights away is followed first, and a step that fails keeps no other from being taken', () => {
  const { taken, log, change } = start();
  change();
  expect(taken).toEqual(['role', 'revocations', ...JUDGED, ...REST]);
  expect(log.lines).toMatchObject([
    { level: 'error', message: 'what came into force is not followed whole' },
  ]);
});

test('members are judged again when the bundle is another one, and by no other change', () => {
  const { taken, change } = start();
  change();
  taken.length = 0;
  change();
  expect(taken).toEqual(['role', 'revocations', ...REST]);
});

test('what a record revokes is followed as what the governors revoke', () => {
  const { taken, bundles, revoke } = start();
  bundles.now = {};
  revoke();
  expect(taken).toEqual([...JUDGED, ...REST]);
});
