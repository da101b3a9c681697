import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName } from '../core/index.ts';
import { seededRandom } from '../ports/testing/index.ts';
import {
  Contacts,
  FIRST_BACKOFF_MS,
  LONGEST_BACKOFF_MS,
  MAX_ADDRESSES,
  STABLE_AFTER_MS,
  WANTED_CONNECTIONS,
} from './contacts.ts';
import type { KnownMember } from './member.ts';

const member = (i: number, addresses = [`/ip4/10.0.0.${i}/tcp/7600`]): KnownMember => ({
  name: `n${i}` as NodeName, // a label
  peerId: `p${i}`,
  addresses,
});
const members = (count: number) => Array.from({ length: count }, (_, i) => member(i));
const contacts = () => new Contacts('me', seededRandom(7));
const stateOf = (from: Contacts, id: string) =>
  from.all().find(({ known }) => known.peerId === id)?.state;

test('members are dialled until enough are connected, chosen at random', () => {
  const mesh = contacts();
  mesh.learn(members(100), 0);
  const first = mesh.due(0);
  expect(first).toHaveLength(WANTED_CONNECTIONS);
  expect(first.map(({ peerId }) => peerId)).not.toEqual(members(12).map(({ peerId }) => peerId));
  expect(mesh.due(0)).toEqual([]); // they are being dialled
  for (const { peerId } of first.slice(0, 10)) {
    mesh.connected(peerId, 1);
    mesh.dialled(peerId, 1);
  }
  expect(mesh.due(1)).toEqual([]);
  for (const { peerId } of first.slice(10)) mesh.dialled(peerId, 1);
  expect(mesh.due(1)).toHaveLength(2);
});

test('neither itself, nor who has no address, nor who left the mesh is dialled', () => {
  const mesh = contacts();
  const self = { ...member(0), peerId: 'me' };
  mesh.learn([self, member(1, []), member(2), member(3)], 0);
  expect(mesh.learn([self, member(1, []), member(2)], 0)).toBe(true);
  expect(mesh.learn([self, member(1, []), member(2)], 0)).toBe(false);
  expect(mesh.due(0).map(({ peerId }) => peerId)).toEqual(['p2']);
  const many = Array.from({ length: 20 }, (_, i) => `/ip4/10.0.1.${i}/tcp/7600`);
  mesh.learn([member(4, many)], 0);
  expect(mesh.due(0)[0]?.addresses).toHaveLength(MAX_ADDRESSES);
});

test('a member is unknown, then alive while it is connected, then unreachable', () => {
  const mesh = contacts();
  mesh.learn([member(1)], 0);
  expect(stateOf(mesh, 'p1')).toBe('unknown');
  mesh.connected('p1', 10);
  expect(mesh.all()[0]).toMatchObject({ state: 'alive', since: 10 });
  mesh.disconnected('p1', 20);
  expect(mesh.all()[0]).toMatchObject({ state: 'unreachable', since: 20 });
  mesh.due(LONGEST_BACKOFF_MS);
  expect(mesh.dialled('p1', LONGEST_BACKOFF_MS)).toBe(false); // it was found so before
  expect(mesh.all()[0]).toMatchObject({ state: 'unreachable', since: 20 });
});

test('a connection that comes before the record counts at once', () => {
  const mesh = contacts();
  mesh.connected('p1', 0);
  mesh.learn([member(1)], 1);
  expect(stateOf(mesh, 'p1')).toBe('alive');
  expect(mesh.due(1)).toEqual([]);
});

test('failures space the dials out, up to a bound, and a new address is tried at once', () => {
  const mesh = contacts();
  mesh.learn([member(1)], 0);
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 12; i++) {
    const start = now;
    while (mesh.due(now).length === 0) now += 10;
    waits.push(now - start);
    mesh.dialled('p1', now);
  }
  expect(waits[0]).toBe(0);
  expect(waits[1]).toBeGreaterThanOrEqual(FIRST_BACKOFF_MS / 2);
  expect(waits[1]).toBeLessThanOrEqual(FIRST_BACKOFF_MS + 10);
  expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_BACKOFF_MS + 10);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(LONGEST_BACKOFF_MS / 2);
  mesh.learn([member(1, ['/ip4/10.0.9.9/tcp/7600'])], now);
  expect(mesh.due(now)).toHaveLength(1);
});

test('a connection that never lasts is no success, one that lasted is', () => {
  const mesh = contacts();
  mesh.learn([member(1)], 0);
  let now = 0;
  for (let i = 0; i < 8; i++) {
    while (mesh.due(now).length === 0) now += 10;
    mesh.connected('p1', now);
    mesh.dialled('p1', now);
    mesh.disconnected('p1', now + 1);
  }
  expect(mesh.due(now + LONGEST_BACKOFF_MS / 2 - 1)).toEqual([]);
  now += LONGEST_BACKOFF_MS + 1;
  mesh.connected('p1', now);
  mesh.disconnected('p1', now + STABLE_AFTER_MS);
  expect(mesh.due(now + STABLE_AFTER_MS + FIRST_BACKOFF_MS)).toHaveLength(1);
});

test('whatever happens in whatever order, no more is dialled than is wanted, and nobody twice', () => {
  const event = fc.tuple(
    fc.constantFrom('connected', 'disconnected', 'dialled', 'learn', 'due'),
    fc.nat(29),
    fc.nat(3_000),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const mesh = contacts();
      mesh.learn(members(30), 0);
      const dialling = new Set<string>();
      const connected = new Set<string>();
      let now = 0;
      for (const [what, i, laterMs] of events) {
        now += laterMs;
        const id = `p${i}`;
        if (what === 'connected' && !connected.has(id)) {
          mesh.connected(id, now);
          connected.add(id);
        }
        if (what === 'disconnected' && connected.delete(id)) mesh.disconnected(id, now);
        if (what === 'dialled' && dialling.delete(id)) mesh.dialled(id, now);
        if (what === 'learn') mesh.learn(members(30), now);
        if (what === 'due') {
          const due = mesh.due(now).map(({ peerId }) => peerId);
          if (due.length > 0) {
            expect(connected.size + dialling.size + due.length).toBeLessThanOrEqual(
              WANTED_CONNECTIONS,
            );
          }
          for (const one of due) {
            expect(connected.has(one) || dialling.has(one)).toBe(false);
            dialling.add(one);
          }
        }
        for (const { known, state } of mesh.all()) {
          expect(state === 'alive').toBe(connected.has(known.peerId));
        }
      }
    }),
    { seed: 20261120, numRuns: 200 },
  );
});
