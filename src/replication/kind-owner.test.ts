import { expect, test } from 'bun:test';
import { err, ok } from '../core/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import type { HeldRecord, KindOwner } from './kind-owner.ts';
import { Member, TestAuthority } from './testing/members.ts';

function mesh() {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  const [a, b] = [new Member('a', options), new Member('b', options)];
  /** `a` says it, and `b` hears it. */
  const say = (key: string, value: unknown) => {
    a.records.put('port', key, value);
    b.records.accept(a.bytesOf('port', key), 'p');
  };
  return { ...options, a, b, say };
}

/** An owner of ports, which chokes on 13 and dies of 14. */
class Ports implements KindOwner<number> {
  readonly held = new Map<string, number>();
  readonly asked: unknown[] = [];

  read(value: unknown) {
    this.asked.push(value);
    if (value === 13) throw new TypeError('thirteen');
    return typeof value === 'number' ? ok(value) : err('it is no port');
  }

  set({ id, value }: HeldRecord<number>): void {
    if (value === 14) throw new Error('fourteen');
    this.held.set(id, value);
  }

  unset(id: string): void {
    this.held.delete(id);
  }

  entries = () => Object.fromEntries(this.held);
}

test('the owner of a kind gets all of it that is in force, then each change, and nothing of other kinds', () => {
  const { a, b, clock, say } = mesh();
  say('web', 80);
  a.records.put('node', 'self', 1);
  b.records.accept(a.bytesOf('node', 'self'), 'p');
  const owner = new Ports();
  b.records.own('port', owner);
  expect(owner.entries()).toEqual({ 'a/port/web': 80 });
  say('dns', 53);
  say('web', 8080);
  b.records.put('port', 'own', 1);
  expect(owner.entries()).toEqual({ 'a/port/web': 8080, 'a/port/dns': 53, 'b/port/own': 1 });
  a.records.withdraw('port', 'dns');
  b.records.accept(a.bytesOf('port', 'dns'), 'p');
  expect(owner.entries()).toEqual({ 'a/port/web': 8080, 'b/port/own': 1 });
  expect(owner.asked).toEqual([80, 53, 8080, 1]);
  clock.advance(24 * 60 * 60 * 1_000);
  b.records.maintain();
  expect(owner.entries()).toEqual({ 'b/port/own': 1 });
  expect(() => b.records.own('port', owner)).toThrow("'port' has an owner");
});

test.each([
  ['that makes no sense', 'x', 'it is no port'],
  ['that cannot be read', 13, 'TypeError: thirteen'],
  ['at which its owner fails', 14, 'Error: fourteen'],
])(
  'a record %s is quarantined, named and counted, and tried again when it changes',
  (_, poison, reason) => {
    const { b, say } = mesh();
    const owner = new Ports();
    b.records.own('port', owner);
    say('web', 80);
    say('dns', 53);
    say('web', poison);
    expect(owner.entries()).toEqual({ 'a/port/dns': 53 });
    expect(b.records.quarantined()).toEqual([
      { id: 'a/port/web', hash: expect.any(String), reason },
    ]);
    const quarantined = () => b.meter.value('selvage_quarantined_records', { kind: 'port' });
    expect(quarantined()).toBe(1);
    const asked = owner.asked.length;
    b.records.maintain();
    b.records.revalidate();
    say('dns', 5353);
    expect(owner.asked.slice(asked)).toEqual([5353]);
    say('web', 81);
    expect(owner.entries()).toEqual({ 'a/port/web': 81, 'a/port/dns': 5353 });
    expect(b.records.quarantined()).toEqual([]);
    expect(quarantined()).toBe(0);
  },
);

test('a quarantined record travels on, and is no longer quarantined when it is withdrawn', () => {
  const { a, b, clock, authority, say } = mesh();
  b.records.own('port', new Ports());
  say('web', 'poison');
  const c = new Member('c', { clock, authority });
  const bytes = b.records.bytesOf('a/port/web') ?? new Uint8Array();
  expect(c.records.accept(bytes, 'p')).toEqual({ outcome: 'stored' });
  a.records.withdraw('port', 'web');
  b.records.accept(a.bytesOf('port', 'web'), 'p');
  expect(b.records.quarantined()).toEqual([]);
});

test('however much poison there is, it is said once in the log, reasons are cut, and all else arrives', () => {
  const { b, say } = mesh();
  const owner = new Ports();
  const longWinded: KindOwner<number> = {
    read: (value) => (typeof value === 'number' ? ok(value) : err('no port '.repeat(1_000))),
    set: (record) => owner.set(record),
    unset: () => {
      throw new Error('it cannot let go either');
    },
  };
  b.records.own('port', longWinded);
  for (let n = 0; n < 50; n++) say(`poison-${n}`, 'poison');
  say('web', 80);
  expect(owner.entries()).toEqual({ 'a/port/web': 80 });
  expect(b.records.quarantined()).toHaveLength(50);
  expect(b.records.quarantined().every(({ reason }) => reason.length <= 160)).toBe(true);
  expect(b.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});
