import { describe, expect, test } from 'bun:test';
import { sha256Hex } from '../../crypto/index.ts';
import { openStore } from '../../platform/index.ts';
import { heldTrust } from '../change/index.ts';
import type { TrustFiles } from '../repository/index.ts';
import { GovernedMesh, opened, payments, policy, TestMesh } from '../testing/index.ts';
import { History } from './history.ts';

const mesh = new TestMesh();
const NOW = Date.UTC(2030, 0, 1);

/** Versions 1 to `count`, each with another text of one policy. */
function versions(count: number): TrustFiles[] {
  const all = [mesh.founded];
  for (let version = 2; version <= count; version += 1) {
    all.push(mesh.publish(all.at(-1) ?? mesh.founded, [policy('a', textOf(version))]));
  }
  return all;
}

const textOf = (version: number): string =>
  `permit(principal, action, resource); // ${version} ${'x'.repeat(100)}`;

/** Adopts these sets one after the other. */
function adopt(history: History, files: readonly TrustFiles[]): void {
  for (const [at, each] of files.entries()) {
    const before = files[at - 1];
    const adopted = { repository: opened(each), set: heldTrust(each), adoptedAtMs: NOW + at };
    history.remember(adopted, before === undefined ? undefined : heldTrust(before));
  }
}

const governorsVersions = (history: History) =>
  history.changes.map(({ parts }) => parts.find(({ role }) => role === 'targets')?.version);

describe('a history', () => {
  test('tells what changed, who signed it, who published it and when, and outlives a restart', () => {
    const disk = openStore(':memory:');
    adopt(new History(disk), versions(3));
    const { changes } = new History(disk);
    expect(changes).toHaveLength(3);
    expect(changes[2]).toMatchObject({
      n: 2,
      adoptedAtMs: NOW + 2,
      rootVersion: 1,
      publisher: 'n1',
      publishedBy: mesh.n1.online.publicKey,
      lines: ['~ policy a'],
      missed: [],
      parts: [
        { role: 'root', version: 1, isNew: false },
        { role: 'targets', version: 3, isNew: true },
      ],
    });
    expect(changes[2]?.publishedAtMs).toBeGreaterThan(0);
    expect(changes[2]?.parts[1]?.signedBy).toHaveLength(1);
  });

  test('goes on after its newest row was damaged, and keeps what takes its place', () => {
    const disk = openStore(':memory:');
    const files = versions(3);
    adopt(new History(disk), files);
    const space = disk.space('history');
    const last = [...space.entries('change/')].at(-1)?.[0] ?? '';
    space.put(last, new Uint8Array([1, 2, 3]));
    const damaged = new History(disk);
    expect(governorsVersions(damaged)).toEqual([1, 2]);
    adopt(damaged, files.slice(2));
    expect(governorsVersions(new History(disk))).toEqual([1, 2, 3]);
  });

  test('keeps why a change was made, as far as that is known when it comes', () => {
    const history = new History(openStore(':memory:'));
    const [files] = versions(1) as [TrustFiles];
    const asked: unknown[] = [];
    history.remember(
      {
        repository: opened(files),
        set: heldTrust(files),
        adoptedAtMs: NOW,
        reasonOf: (brought) => {
          asked.push(brought.map(({ role, version }) => `${role} ${version}`));
          return 'the first rules';
        },
      },
      undefined,
    );
    expect([asked, history.changes[0]?.reason]).toEqual([
      [['root 1', 'targets 1']],
      'the first rules',
    ]);
  });

  test('remembers once what is in force, however often the node starts', () => {
    const history = new History(openStore(':memory:'));
    const [first] = versions(1) as [TrustFiles];
    adopt(history, [first]);
    adopt(history, [first]);
    expect(history.changes).toHaveLength(1);
  });

  test('says which versions were never in force here', () => {
    const history = new History(openStore(':memory:'));
    const all = versions(7);
    adopt(history, [all[1], all[2], all[4]] as TrustFiles[]);
    adopt(history, [all[6]] as TrustFiles[]);
    expect(history.changes.map(({ missed }) => missed)).toEqual([[], [], ['4'], ['6']]);
    const more = new History(openStore(':memory:'));
    adopt(more, [all[0], all[6]] as TrustFiles[]);
    expect(more.changes[1]?.missed).toEqual(['2 to 6']);
  });

  test('gives back a list that it keeps, and says what it keeps when that one is not there', () => {
    const history = new History(openStore(':memory:'));
    const all = versions(4);
    adopt(history, all.slice(1));
    const kept = history.list({ role: 'targets', version: 2 });
    expect(kept.ok && kept.value.list).toEqual(all[1]?.targets ?? new Uint8Array());
    const text = sha256Hex(Buffer.from(textOf(2)));
    expect(kept.ok && kept.value.contents.has(text)).toBe(true);
    expect(history.list({ role: 'targets', version: 1 })).toEqual({
      ok: false,
      error: 'this node keeps versions 2 to 4 of it, and perhaps not all',
    });
    expect(history.list({ role: 'ns.payments', version: 1 })).toEqual({
      ok: false,
      error: 'this node keeps none of this list',
    });
  });

  test('forgets the oldest changes first, with what nothing else needs, and never the last', () => {
    const disk = openStore(':memory:');
    const history = new History(disk, { changes: 3, bytes: 1e9 });
    const all = versions(6);
    adopt(history, all);
    expect(governorsVersions(history)).toEqual([4, 5, 6]);
    const blobs = () => [...disk.space('history').entries('blob/')].length;
    // Three lists, three texts, settings and authority.
    expect(blobs()).toBe(8);
    expect(history.list({ role: 'targets', version: 4 }).ok).toBe(true);
    expect(history.list({ role: 'targets', version: 3 }).ok).toBe(false);
    const tiny = new History(disk, { changes: 3, bytes: 1 });
    adopt(tiny, versions(7).slice(6));
    expect([tiny.changes.length, blobs()]).toEqual([1, 4]);
    expect(tiny.list({ role: 'targets', version: 7 }).ok).toBe(true);
  });

  test('keeps what comes again, as after a rollback, when the change that brought it first is forgotten', () => {
    const history = new History(openStore(':memory:'), { changes: 2, bytes: 1e9 });
    const [one, two] = versions(2) as [TrustFiles, TrustFiles];
    const again = mesh.publish(two, [policy('b')], ['policies/a.cedar']);
    const third = mesh.publish(again, [policy('a', textOf(2))]);
    adopt(history, [one, two, again, third]);
    expect(history.list({ role: 'targets', version: 4 }).ok).toBe(true);
    expect(history.list({ role: 'targets', version: 3 }).ok).toBe(true);
  });

  test('a write that fails leaves it as it was', () => {
    const disk = openStore(':memory:');
    const history = new History({
      ...disk,
      space: (name) => disk.space(name),
      transaction(run) {
        run();
        throw new Error('disk full');
      },
    });
    expect(() => adopt(history, versions(1))).toThrow('disk full');
    expect(history.changes).toEqual([]);
  });
});

test('a change of a team, and a namespace that is handed over, are told with who signed each list', () => {
  const team = new GovernedMesh();
  const history = new History(openStore(':memory:'));
  const [, second, third] = team.payments;
  const next = team.publish(team.founded, {
    put: [policy('pay', undefined, payments)],
    by: [second, third] as never, // three
  });
  adopt(history, [team.founded, next]);
  const [, change] = history.changes;
  expect(change?.parts.filter(({ isNew }) => isNew)).toMatchObject([
    { role: 'ns.payments', version: 2, signedBy: ['p2', 'p3'] },
  ]);
  expect(change?.lines).toEqual(['+ policy payments/pay']);
});
