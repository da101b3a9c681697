import { beforeEach, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { ProvenNode } from '../registry/index.ts';
import type { RecordChange } from '../replication/index.ts';
import { OwnName } from './own-name.ts';

const N1 = 'n1' as NodeName; // a label

let said: ProvenNode | undefined;
let failures: unknown[];
let sought: (readonly string[])[];
let own: OwnName;
beforeEach(() => {
  said = undefined;
  failures = [];
  sought = [];
  own = new OwnName({
    node: N1,
    epoch: 7,
    registry: { node: (name) => (name === N1 ? said : undefined) },
    membership: {
      address: { host: '10.0.0.1', port: 7600 },
      seekTwin: async (addresses) => void sought.push(addresses),
    },
    fail: (error) => failures.push(error),
  });
});

/** The record of this node's name, by the key of an epoch, at a host. */
function record(epoch: number, host: string): void {
  const claim = { addresses: [`/ip4/${host}/tcp/7600`, `/ip4/${host}/udp/7600`] };
  said = { name: N1, epoch, claim } as unknown as ProvenNode; // what is read of it
}

const change = (writer = N1, origin: RecordChange['origin'] = 'others'): RecordChange => ({
  record: { content: { writer, kind: 'node' } } as RecordChange['record'], // what is read of it
  bytes: new Uint8Array(),
  origin,
});

test('a name that a newer key took over ends the node, at its start and later', async () => {
  record(8, '10.0.0.2');
  await own.check();
  own.follow([change()]);
  expect(failures).toEqual([
    expect.objectContaining({ code: 'NAME_TAKEN_OVER', exit: 'refused' }),
    expect.objectContaining({ message: 'epoch 8 of n1 is in force; ours is 7' }),
  ]);
});

test('where its own key says that it is, another process is looked for, each time that it says so', async () => {
  record(7, '10.0.0.2');
  await own.check();
  await own.check(); // nothing else was said meanwhile
  expect(sought).toEqual([said?.claim.addresses ?? []]);
  own.follow([change()]);
  record(7, '10.0.0.3');
  own.follow([change()]);
  expect(sought).toHaveLength(3);
  expect(failures).toEqual([]);
});

test('of its own record, an older key’s, and what others say it takes no notice', async () => {
  await own.check();
  own.follow([change()]);
  record(7, '10.0.0.1');
  own.follow([change()]);
  record(6, '10.0.0.2');
  await own.check();
  record(7, '10.0.0.2');
  own.follow([change('n2' as NodeName), change(N1, 'own-urgent')]); // a label
  expect({ failures, sought }).toEqual({ failures: [], sought: [] });
});
