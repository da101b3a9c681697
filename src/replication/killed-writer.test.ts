import { expect, test } from 'bun:test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatePrivateKey, privateKeyToPem } from '../crypto/index.ts';
import { openStore } from '../platform/sqlite-store.ts';
import { FakeClock, seededRandom } from '../ports/testing/index.ts';
import { compareSequence, type Sequence } from './record.ts';
import type { Deed } from './testing/busy-writer.ts';
import { Member, said, TestAuthority } from './testing/members.ts';
import { KILLS } from './testing/run-size.ts';

/** Runs the writer until it has said so much, kills it in the middle of what it does, and returns what it said. */
async function killAfter(characters: number, ...args: readonly string[]): Promise<readonly Deed[]> {
  const program = join(import.meta.dir, 'testing', 'busy-writer.ts');
  const child = Bun.spawn([process.execPath, program, ...args], { stdout: 'pipe' });
  let output = '';
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    if (output.length >= characters) child.kill('SIGKILL');
  }
  await child.exited;
  return output
    .split('\n')
    .slice(0, -1) // the last line is cut, or empty
    .map((line): Deed => JSON.parse(line));
}

/** Starts again on what a killed process left, and returns what is said there. */
function reopen(path: string, key: Member['key'], read: (a: Member) => void): void {
  const disk = openStore(path);
  read(new Member('a', { clock: new FakeClock(), authority: new TestAuthority(), key, disk }));
  disk.close();
}

test(
  `what a process acknowledged before it was killed is there when it starts again, ${KILLS} times over`,
  async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'selvage-')), 'state.db');
    const key = generatePrivateKey('ed25519');
    const random = seededRandom(7);
    const acknowledged = new Map<string, number | null>();
    let highest: Sequence = { epoch: 0, boot: 0, n: 0 };
    for (let kill = 1; kill <= KILLS; kill++) {
      const characters = 1 + random.fraction() * 40_000;
      const deeds = await killAfter(characters, path, privateKeyToPem(key), String(kill));
      for (const { stage, name, value } of deeds) {
        if (stage === 'done') acknowledged.set(name, value);
      }
      reopen(path, key, (a) => {
        const held = said(a.records, 'port');
        const last = deeds.at(-1);
        if (last?.stage === 'begun') {
          // It was killed over this one, which may have happened or not.
          const found = held[last.name] ?? null;
          if (found === last.value) acknowledged.set(last.name, last.value);
        }
        for (const [name, value] of acknowledged) {
          expect([name, held[name] ?? null]).toEqual([name, value]);
        }
        a.records.put('port', 'after', kill);
        const written = a.records.snapshot().get('a/port/after')?.sequence ?? highest;
        expect(compareSequence(written, highest)).toBeGreaterThan(0);
        highest = written;
      });
    }
    expect(acknowledged.size).toBeGreaterThan(10);
  },
  10_000 + KILLS * 5_000,
);
