import { beforeEach, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { ProvenNode } from '../registry/index.ts';
import { OwnName } from './own-name.ts';

const N1 = 'n1' as NodeName; // a label
const OTHER = 'n2' as NodeName; // a label

let said: ProvenNode | undefined;
let failures: unknown[];
let sought: (readonly string[])[];
let says: number;
let own: OwnName;
beforeEach(() => {
  said = undefined;
  failures = [];
  sought = [];
  says = 0;
  own = new OwnName({
    ...{ node: N1, epoch: 7 },
    registry: { node: (name) => (name === N1 ? said : undefined) },
    membership: {
      address: { host: '10.0.0.1', port: 7600 },
      seekTwin: async (addresses) => void sought.push(addresses),
    },
    say: () => {
      says += 1;
    },
    fail: (error) => failures.push(error),
  });
});

/** The record of this node's name, by the key of an epoch, at a host. */
function record(epoch: number, host: string): void {
  const claim = { addresses: [`/ip4/${host}/tcp/7600`, `/ip4/${host}/udp/7600`] };
  said = { name: N1, epoch, claim } as unknown as ProvenNode; // what is read of it
}

test('a name that a newer key took over ends the node, at its start and later', async () => {
  record(8, '10.0.0.2');
  await own.check();
  own.follow(new Set([N1]));
  expect(failures).toEqual([
    expect.objectContaining({ code: 'NAME_TAKEN_OVER', exit: 'refused' }),
    expect.objectContaining({ message: 'epoch 8 of n1 is in force; ours is 7' }),
  ]);
  expect(says).toBe(0);
});

test('where its own key says that it is, another process is looked for, and the record set right', async () => {
  record(7, '10.0.0.2');
  await own.check();
  own.follow(new Set([N1]));
  expect(sought).toEqual([said?.claim.addresses ?? [], said?.claim.addresses ?? []]);
  expect(says).toBe(1); // at the start it says so anyway
  expect(failures).toEqual([]);
});

test('of its own record, an older key’s, and what others say it takes no notice', async () => {
  await own.check();
  own.follow(new Set([N1, OTHER]));
  record(7, '10.0.0.1');
  own.follow(new Set([N1]));
  record(6, '10.0.0.2');
  await own.check();
  own.follow(new Set([OTHER]));
  expect({ failures, sought, says }).toEqual({ failures: [], sought: [], says: 0 });
});
