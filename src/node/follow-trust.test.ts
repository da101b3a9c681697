import { expect, test } from 'bun:test';
import { recordingLog } from '../ports/testing/index.ts';
import { sampleTrust } from '../registry/testing/sample-trust.ts';
import { followTrust } from './follow-trust.ts';

type Followed = Parameters<typeof followTrust>[0];

test('what takes rights away is followed first, and a step that fails keeps no other from being taken', () => {
  const taken: string[] = [];
  const log = recordingLog();
  let change: (set: typeof sampleTrust, before?: typeof sampleTrust) => void = () => undefined;
  const plane = {
    trust: {
      onChange(listener: typeof change) {
        change = listener;
      },
    },
    role: { follow: () => void taken.push('role') },
    dismiss: () => void taken.push('dismiss'),
    records: {
      revalidate() {
        taken.push('records');
        throw new Error('disk full');
      },
    },
    credentials: { followTrust: () => void taken.push('credentials') },
  } as unknown as Followed; // of these only what stands here is called
  followTrust(plane, log, [() => void taken.push('workloads'), () => void taken.push('self')]);
  change(sampleTrust);
  expect(taken).toEqual(['role', 'dismiss', 'records', 'credentials', 'workloads', 'self']);
  expect(log.lines).toMatchObject([
    { level: 'error', message: 'what came into force is not followed whole' },
  ]);
  taken.length = 0;
  change({ ...sampleTrust, version: 2, policies: [] }, sampleTrust);
  expect(taken).toEqual(['role', 'credentials', 'workloads', 'self']);
});
