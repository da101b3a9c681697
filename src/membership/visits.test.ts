import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { WANTED_CONNECTIONS } from './contacts.ts';
import { SmallMesh } from './testing/index.ts';
import { VISIT_DIAL_MS, VISIT_LINGER_MS } from './visits.ts';

const COUNT = 30;
const hello = async ({ name }: { readonly name: string }): Promise<string> => `hello ${name}`;

/** A mesh that has settled, and some members with whom the first one is not connected. */
async function settled() {
  const mesh = new SmallMesh();
  const all = mesh.of(COUNT);
  await mesh.pass(2_000);
  const [first] = all;
  if (first === undefined) throw new Error('nobody is there');
  const names = () => first.gossip.peers().map(({ name }) => name);
  const strangers = all.filter(({ name }) => name !== first.name && !names().includes(name));
  const [stranger, other] = strangers;
  if (stranger === undefined || other === undefined) throw new Error('all are connected');
  return { mesh, all, first, names, stranger, other };
}

test('a member that is not connected is asked, and let go of soon after the last question', async () => {
  const { mesh, first, names, stranger } = await settled();
  const before = names();
  const { visits } = first.membership;
  expect(await visits.visit(stranger.name, hello)).toBe(`hello ${stranger.name}`);
  await mesh.pass(VISIT_LINGER_MS - 500);
  expect(await visits.visit(stranger.name, hello)).toBe(`hello ${stranger.name}`);
  await mesh.pass(VISIT_LINGER_MS - 500);
  expect(names()).toEqual([...before, stranger.name]);
  await mesh.pass(1_000);
  expect(names()).toEqual(before);
});

test('questions to one that is connected anyway leave it connected', async () => {
  const { mesh, first, names } = await settled();
  const before = names();
  const known = first.gossip.peers()[0]?.name as NodeName; // names of members are labels
  expect(await first.membership.visits.visit(known, hello)).toBe(`hello ${known}`);
  await mesh.pass(2 * VISIT_LINGER_MS);
  expect(names()).toEqual(before);
  expect(before.length).toBeGreaterThanOrEqual(WANTED_CONNECTIONS);
});

test('one that takes no connection costs a bounded time, and one that connects too late is let go of', async () => {
  const { mesh, first, names, stranger } = await settled();
  const before = names();
  const slow = Promise.withResolvers<void>();
  const dial = first.gossip.dial.bind(first.gossip);
  first.gossip.dial = async (id, addresses) => {
    await slow.promise;
    await dial(id, addresses);
  };
  const visit = first.membership.visits.visit(stranger.name, hello).catch(String);
  await mesh.pass(VISIT_DIAL_MS);
  expect(await visit).toContain('it is not connected within 2000 ms');
  await mesh.pass(2 * VISIT_LINGER_MS);
  slow.resolve();
  await mesh.pass(100);
  expect(names()).toContain(stranger.name);
  await mesh.pass(VISIT_LINGER_MS);
  expect(names()).toEqual(before);
});

test('one that cannot be reached is dialled ever less often, however often it is to be asked', async () => {
  const { mesh, first, stranger } = await settled();
  let dials = 0;
  const dial = first.gossip.dial.bind(first.gossip);
  first.gossip.dial = async (id, addresses) => {
    if (id !== stranger.gossip.self) return await dial(id, addresses);
    dials += 1;
    throw new Error('nobody is there');
  };
  const reasons = new Set<string>();
  for (let i = 0; i < 300; i++) {
    reasons.add(await first.membership.visits.visit(stranger.name, hello).catch(String));
    await mesh.pass(100);
  }
  expect(dials).toBeWithin(5, 12); // in half a minute, in which it was to be asked ten times a second
  expect([...reasons].some((reason) => reason.includes('is dialled again in'))).toBe(true);
});

test('the dead and the unknown are not dialled at all', async () => {
  const { mesh, first, stranger } = await settled();
  await stranger.membership.stop();
  await stranger.gossip.stop();
  await mesh.pass(20_000);
  const { visits } = first.membership;
  await expect(visits.visit(stranger.name, hello)).rejects.toThrow('it is dead');
  const nobody = 'nobody' as NodeName; // a label
  await expect(visits.visit(nobody, hello)).rejects.toThrow('it is not known here');
  await expect(visits.visit(first.name, hello)).rejects.toThrow('it is not known here');
});

test('the connected come first, then those who have to be dialled, then the dead', async () => {
  const { mesh, first, stranger, other } = await settled();
  await other.membership.stop();
  await other.gossip.stop();
  await mesh.pass(20_000);
  const names = first.gossip.peers().map(({ name }) => name as NodeName); // of members
  const connected = names.find((name) => name !== stranger.name);
  if (connected === undefined) throw new Error('nobody is connected');
  if (names.includes(stranger.name)) await first.gossip.disconnect(stranger.gossip.self);
  for (let i = 0; i < 20; i++) {
    const order = first.membership.visits.nearestFirst([other.name, stranger.name, connected]);
    expect(order).toEqual([connected, stranger.name, other.name]);
  }
});
