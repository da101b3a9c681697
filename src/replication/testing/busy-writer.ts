// A process that writes records as fast as it can, and says each before it begins and when it is done:
// `bun busy-writer.ts <database> <private key in PEM> <seed>`. It ends when it is killed.
import { writeSync } from 'node:fs';
import { privateKeyFromPem } from '../../crypto/index.ts';
import { openStore } from '../../platform/sqlite-store.ts';
import { FakeClock, seededRandom } from '../../ports/testing/index.ts';
import { Member, TestAuthority } from './members.ts';

/** One line of its output: what `<writer>/<key>` says from then on, null when nothing. */
export interface Deed {
  readonly stage: 'begun' | 'done';
  readonly name: string;
  readonly value: number | null;
}

const KEYS = 20;
const [path = '', pem = '', seed = ''] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const options = { clock: new FakeClock(), authority: new TestAuthority() };
const disk = openStore(path);
const self = new Member('a', { ...options, key: privateKeyFromPem('ed25519', pem), disk });
const other = new Member(`other-${seed}`, options);

function deed(name: string, value: number | null, act: () => void): void {
  const say = (stage: Deed['stage']) =>
    writeSync(1, `${JSON.stringify({ stage, name, value } satisfies Deed)}\n`);
  say('begun');
  act();
  say('done');
}

for (let n = 0; ; n++) {
  const key = String(Math.floor(random.fraction() * KEYS));
  const choice = random.fraction();
  if (choice < 0.5) {
    deed(`a/${key}`, n, () => self.records.put('port', key, n));
  } else if (choice < 0.7) {
    deed(`a/${key}`, null, () => self.records.withdraw('port', key));
  } else {
    other.records.put('port', key, n);
    const bytes = other.bytesOf('port', key);
    deed(`${other.name}/${key}`, n, () => self.records.accept(bytes, 'p'));
  }
}
