import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName } from '../core/index.ts';
import { seededRandom } from '../ports/testing/index.ts';
import {
  type Candidate,
  Contacts,
  EXCHANGE_PERIOD_MS,
  FIRST_BACKOFF_MS,
  LONGEST_BACKOFF_MS,
  MAX_FAILURES,
  OWN_CONNECTIONS,
  REVIVED_CONNECTIONS,
  STABLE_AFTER_MS,
  WANTED_CONNECTIONS,
} from './contacts.ts';
import type { MemberState } from './swim/index.ts';

/** Members to choose from: n1, n2 and so on, whose states a test may change. */
class Mesh {
  readonly states: MemberState[];
  readonly contacts: Contacts;

  constructor(count: number) {
    this.states = Array.from({ length: count }, () => 'alive');
    const candidates = { places: count, at: (place: number) => this.at(place) };
    this.contacts = new Contacts(candidates, seededRandom(7), 0);
  }

  at(place: number): Candidate | undefined {
    const state = this.states[place];
    const name = `n${place}` as NodeName; // a label
    return state === undefined ? undefined : { name, peerId: `p${place}`, addresses: [], state };
  }

  due(now: number): readonly string[] {
    return this.contacts.due(now).map(({ peerId }) => peerId);
  }

  /** Connects with whoever is due. */
  connect(now: number): readonly string[] {
    const due = this.due(now);
    for (const id of due) {
      this.contacts.connected(id, now);
      this.contacts.dialled(id, now);
    }
    return due;
  }
}

test('those who connect from all sides do not become all that a node is connected with', () => {
  const mesh = new Mesh(100);
  const own = mesh.connect(0);
  const crowd = Array.from({ length: 100 }, (_, i) => `p${i}`).filter((id) => !own.includes(id));
  for (const id of crowd.slice(0, 2 * WANTED_CONNECTIONS)) mesh.contacts.connected(id, 1);
  for (const id of own) mesh.contacts.disconnected(id, 60_000);
  expect(mesh.connect(60_000)).toHaveLength(OWN_CONNECTIONS);
  expect(mesh.connect(60_000)).toEqual([]);
});

test('members are dialled until enough are connected, chosen at random', () => {
  const mesh = new Mesh(100);
  const first = mesh.due(0);
  expect(new Set(first).size).toBe(WANTED_CONNECTIONS);
  expect(first).not.toEqual(Array.from(first, (_, i) => `p${i}`));
  expect(mesh.due(0)).toEqual([]); // they are being dialled
  for (const id of first.slice(0, 10)) {
    mesh.contacts.connected(id, 1);
    mesh.contacts.dialled(id, 1);
  }
  expect(mesh.due(1)).toEqual([]);
  for (const id of first.slice(10)) mesh.contacts.dialled(id, 1);
  expect(mesh.due(1)).toHaveLength(2);
});

test('the living are dialled first, the dead when there are no others, those who left never', () => {
  const mesh = new Mesh(6);
  mesh.states.splice(0, 6, 'dead', 'alive', 'left', 'suspect', 'alive', 'dead');
  const due = mesh.due(0);
  expect(due.slice(0, 2).toSorted()).toEqual(['p1', 'p4']);
  expect(due[2]).toBe('p3');
  expect(due.slice(3).toSorted()).toEqual(['p0', 'p5']);
});

test('failures space the dials out, up to a bound, and a new address is tried at once', () => {
  const mesh = new Mesh(1);
  const waits: number[] = [];
  let now = 0;
  for (let i = 0; i < 12; i++) {
    const start = now;
    while (mesh.due(now).length === 0) now += 10;
    waits.push(now - start);
    expect(mesh.contacts.dialled('p0', now)).toBe(i === 0);
    expect(mesh.contacts.nextAt(now)).toBeLessThanOrEqual(now + LONGEST_BACKOFF_MS);
  }
  expect(waits[0]).toBe(0);
  expect(waits[1]).toBeGreaterThanOrEqual(FIRST_BACKOFF_MS / 2);
  expect(waits[1]).toBeLessThanOrEqual(FIRST_BACKOFF_MS + 10);
  expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_BACKOFF_MS + 10);
  expect(waits.at(-1)).toBeGreaterThanOrEqual(LONGEST_BACKOFF_MS / 2);
  mesh.contacts.forget('p0');
  expect(mesh.due(now)).toHaveLength(1);
});

test('a connection that never lasts is no success, one that lasted is', () => {
  const mesh = new Mesh(1);
  let now = 0;
  for (let i = 0; i < 8; i++) {
    while (mesh.connect(now).length === 0) now += 10;
    mesh.contacts.disconnected('p0', now + 1);
  }
  expect(mesh.due(now + LONGEST_BACKOFF_MS / 2 - 1)).toEqual([]);
  now += LONGEST_BACKOFF_MS + 1;
  mesh.contacts.connected('p0', now);
  mesh.contacts.disconnected('p0', now + STABLE_AFTER_MS);
  expect(mesh.due(now + STABLE_AFTER_MS + FIRST_BACKOFF_MS)).toHaveLength(1);
});

test('now and then a connection makes place for another, so that the overlay mixes', () => {
  const mesh = new Mesh(100);
  const first = mesh.connect(0);
  const next = mesh.contacts.nextAt(0);
  expect(next).toBeGreaterThanOrEqual(EXCHANGE_PERIOD_MS / 2);
  expect(next).toBeLessThanOrEqual(EXCHANGE_PERIOD_MS * 1.5);
  const [other = ''] = mesh.due(next);
  expect(first).not.toContain(other);
  expect(mesh.contacts.connected(other, next)).toBe(first[0]);
  expect(mesh.due(next)).toEqual([]);
  expect(mesh.contacts.nextAt(next)).toBeGreaterThan(next);
});

test('connections that others opened are not given up for one of ours', () => {
  const mesh = new Mesh(100);
  for (let i = 0; i < WANTED_CONNECTIONS; i++) mesh.contacts.connected(`p${i}`, 0);
  const [other = ''] = mesh.due(2 * EXCHANGE_PERIOD_MS);
  expect(mesh.contacts.connected(other, 1)).toBeUndefined();
});

test('of many that come back at once a few are dialled, in the place of the oldest connections', () => {
  const mesh = new Mesh(1_000);
  const first = mesh.connect(0);
  const revived = Array.from({ length: 500 }, (_, i) => `p${500 + i}`).filter(
    (id) => !first.includes(id) && mesh.contacts.revived(id),
  );
  expect(revived.length).toBeGreaterThanOrEqual(1);
  expect(revived.length).toBeLessThanOrEqual(2 * REVIVED_CONNECTIONS);
  const released = revived.map((id) => mesh.contacts.connected(id, 1));
  expect(released[0]).toBe(first[0]);
  const small = new Mesh(2);
  expect(small.contacts.revived('p1')).toBe(true);
  expect(small.contacts.revived('p1')).toBe(false);
});

test('what is remembered of failures is bounded', () => {
  const mesh = new Mesh(1);
  for (let i = 0; i < 4 * MAX_FAILURES; i++) {
    mesh.contacts.begin(`q${i}`, 'exchange');
    mesh.contacts.dialled(`q${i}`, 0);
  }
  expect(mesh.contacts.remembered).toBe(MAX_FAILURES);
});

test('whatever happens in whatever order, no more is dialled than is wanted, and nobody twice', () => {
  const event = fc.tuple(
    fc.constantFrom('connected', 'disconnected', 'dialled', 'dead', 'alive', 'due'),
    fc.nat(29),
    fc.nat(3_000),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const mesh = new Mesh(30);
      const dialling = new Set<string>();
      const connected = new Set<string>();
      let now = 0;
      for (const [what, i, laterMs] of events) {
        now += laterMs;
        const id = `p${i}`;
        if (what === 'connected' && !connected.has(id)) {
          const surplus = mesh.contacts.connected(id, now);
          connected.add(id);
          if (surplus !== undefined) {
            expect(connected.delete(surplus)).toBe(true);
            mesh.contacts.disconnected(surplus, now);
          }
        }
        if (what === 'disconnected' && connected.delete(id)) mesh.contacts.disconnected(id, now);
        if (what === 'dialled' && dialling.delete(id)) mesh.contacts.dialled(id, now);
        if (what === 'dead' || what === 'alive') mesh.states[i] = what;
        if (what !== 'due') continue;
        const due = mesh.due(now);
        const places = Math.max(0, WANTED_CONNECTIONS - connected.size - dialling.size);
        expect(due.length).toBeLessThanOrEqual(Math.max(1, places)); // one is an exchange
        for (const one of due) {
          expect(connected.has(one) || dialling.has(one)).toBe(false);
          dialling.add(one);
        }
      }
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

test('a connection for questions takes nobody’s place, and no failure comes of its end', () => {
  const mesh = new Mesh(100);
  const own = mesh.connect(0);
  const visited = Array.from({ length: 100 }, (_, i) => `p${i}`).find((id) => !own.includes(id));
  if (visited === undefined) throw new Error('all are connected');
  expect(mesh.contacts.begin(visited, 'visit')).toBe(true);
  expect(mesh.contacts.connected(visited, 1)).toBeUndefined();
  mesh.contacts.dialled(visited, 1);
  expect(mesh.contacts.isVisit(visited)).toBe(true);
  mesh.contacts.disconnected(own[0] ?? '', 2);
  expect(mesh.due(2)).toHaveLength(1); // it is missed, for all the visit
  mesh.contacts.disconnected(visited, 3);
  expect(mesh.contacts.remembered).toBe(1);
});

test('who failed several times is left in peace by questions too, and nobody for one failure', () => {
  const mesh = new Mesh(1);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    mesh.contacts.begin('p0', 'visit');
    mesh.contacts.dialled('p0', 0);
    waits.push(mesh.contacts.visitBackoffMs('p0', 0));
  }
  expect(waits[0]).toBe(0);
  expect(waits[1]).toBeGreaterThanOrEqual(FIRST_BACKOFF_MS);
  expect(waits.at(-1)).toBeWithin(LONGEST_BACKOFF_MS / 2, LONGEST_BACKOFF_MS + 1);
});
