import { expect, test } from 'bun:test';
import { openStore } from '../platform/sqlite-store.ts';
import type { Store } from '../ports/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { Member, said, TestAuthority } from './testing/members.ts';

function mesh() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  return { clock, member: (name: string) => new Member(name, { clock, authority }) };
}

/** A disk whose next transaction throws: before it wrote, or after all was written. */
function failingDisk(): { disk: Store; fail: (how: 'before' | 'after') => void } {
  const real = openStore(':memory:');
  let next: 'before' | 'after' | undefined;
  const disk: Store = {
    space: (name) => real.space(name),
    close: () => real.close(),
    transaction: (run) => {
      const how = next;
      next = undefined;
      if (how === undefined) return real.transaction(run);
      if (how === 'after') real.transaction(run);
      else expect(() => real.transaction(() => [run(), fail()])).toThrow('disk full');
      return fail();
    },
  };
  const fail = (): never => {
    throw new Error('disk full');
  };
  return { disk, fail: (how) => (next = how) };
}

test.each(['before', 'after'] as const)(
  'a write that fails %s it reached the disk leaves memory as the disk is',
  (how) => {
    const { member } = mesh();
    const [a, b] = [member('a'), member('b')];
    const { disk, fail } = failingDisk();
    b.records.put('node', 'self', 'b');
    a.restart(disk);
    a.records.put('node', 'self', 1);
    fail(how);
    expect(() => a.records.put('node', 'self', 2)).toThrow('disk full');
    expect(said(a.records, 'node')).toEqual({ 'a/self': how === 'after' ? 2 : 1 });
    fail(how);
    expect(() => a.records.accept(b.bytesOf('node', 'self'), 'p')).toThrow('disk full');
    expect(Object.keys(said(a.records, 'node'))).toEqual(
      how === 'after' ? ['a/self', 'b/self'] : ['a/self'],
    );
    const digest = a.records.digest();
    expect(a.restart().digest()).toBe(digest);
    a.records.put('node', 'self', 3);
    expect(said(a.records, 'node')['a/self']).toBe(3);
  },
);
