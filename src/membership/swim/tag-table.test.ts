import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { TAG_BYTES, TagTable } from './tag-table.ts';

/** Few tags, whose first bytes are alike, so that chains are long. */
const tag = fc.constantFrom(...['00', '01', 'ff'].map((last) => 'a7'.repeat(TAG_BYTES - 1) + last));
const deed = fc.record({ member: fc.nat(200), tag, comes: fc.boolean() });

test('members are found by their tags, as long as they are there and wanted', () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 300 }), fc.nat(200), (deeds, unwanted) => {
      const table = new TagTable();
      const tags = new Map<number, string>();
      for (const { member, tag, comes } of deeds) {
        if (tags.has(member)) table.remove(member);
        tags.delete(member);
        if (!comes) continue;
        table.add(member, tag);
        tags.set(member, tag);
        const written = new Uint8Array(TAG_BYTES + 2);
        table.write(member, written, 1);
        expect(written.toHex()).toBe(`00${tag}00`);
        expect(table.find(written, 1, new Set([member]))).toBe(member);
        const found = table.find(written, 1, { has: (other) => other !== unwanted });
        const others = [...tags].filter(([other, its]) => its === tag && other !== unwanted);
        if (found === undefined) expect(others).toEqual([]);
        else expect(others.map(([other]) => other)).toContain(found);
      }
    }),
    { seed: 20261120, numRuns: 200 },
  );
});

test('whoever has no tag of its own is not found, nor one that has gone', () => {
  const table = new TagTable();
  const [ours, theirs] = [new Uint8Array(TAG_BYTES).fill(1), new Uint8Array(TAG_BYTES).fill(2)];
  table.add(70, ours.toHex());
  expect(table.find(ours, 0, { has: () => true })).toBe(70);
  expect(table.find(theirs, 0, { has: () => true })).toBeUndefined();
  expect(table.find(ours.slice(1), 0, { has: () => true })).toBeUndefined();
  table.remove(70);
  expect(table.find(ours, 0, { has: () => true })).toBeUndefined();
});
