import { expect, test } from 'bun:test';
import { FakeClock, GossipNetwork, recordingLog, seededRandom } from '../ports/testing/index.ts';
import { EXCHANGE_PERIOD_MS, WANTED_CONNECTIONS } from './contacts.ts';
import { Overlay } from './overlay.ts';
import { sampleEntry } from './testing/index.ts';

const MEMBERS = 40;

/** An overlay in a mesh whose other members take every connection and seek none. */
function stage(count = MEMBERS) {
  const network = new GossipNetwork();
  const gossip = network.join('n0');
  const [clock, log] = [new FakeClock(), recordingLog()];
  for (let i = 1; i < count; i++) network.join(`n${i}`);
  const at = (place: number) => ({ ...sampleEntry(place), state: 'alive' }) as const;
  const overlay = new Overlay({
    gossip,
    clock,
    log,
    random: seededRandom(5),
    candidates: { places: count, at: (place) => (place === 0 ? undefined : at(place)) },
    changed: () => undefined,
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      clock.advance(1_000);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
  };
  return {
    network,
    gossip,
    log,
    overlay,
    pass,
    names: () => gossip.peers().map(({ name }) => name),
  };
}

test('a node is connected with as many as it wants, and with others as time goes by', async () => {
  const { overlay, pass, names } = stage();
  overlay.start();
  await pass(1_000);
  const first = names();
  expect(first).toHaveLength(WANTED_CONNECTIONS);
  await pass(20 * EXCHANGE_PERIOD_MS);
  expect(names()).toHaveLength(WANTED_CONNECTIONS);
  expect(names().filter((name) => first.includes(name)).length).toBeLessThan(
    WANTED_CONNECTIONS / 2,
  );
});

test('a member that cannot be connected with is said once, and tried again now and then', async () => {
  const { network, overlay, pass, log, names } = stage(2);
  network.cut(() => true);
  overlay.start();
  await pass(60_000);
  expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
    ['warn', 'member not connected'],
  ]);
  network.cut(() => false);
  await pass(11_000);
  expect(names()).toEqual(['n1']);
});

test('who is asked for by a probe is connected in the place of another', async () => {
  const { overlay, pass, names } = stage();
  overlay.start();
  await pass(1_000);
  const other = Array.from({ length: MEMBERS }, (_, i) => sampleEntry(i)).find(
    ({ name }, i) => i > 0 && !names().includes(name),
  );
  if (other === undefined) throw new Error('all are connected');
  await overlay.connect(other);
  await pass(1_000);
  expect(names()).toHaveLength(WANTED_CONNECTIONS);
  expect(names()).toContain(other.name);
  overlay.drop(other.peerId);
  await pass(1_000);
  expect(names()).toHaveLength(WANTED_CONNECTIONS);
});
