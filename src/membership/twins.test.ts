import { expect, test } from 'bun:test';
import { DatagramNetwork, FakeClock, seededRandom } from '../ports/testing/index.ts';
import { INCARNATIONS_PER_START } from './swim/index.ts';
import { SmallMesh } from './testing/index.ts';
import { type Twin, Twins } from './twins.ts';
import type { TwinMessage } from './wire/index.ts';

const place = (host: string) => ({ host, port: 7600 });

/** Processes with one key, each at a host of its own. */
function stage() {
  const clock = new FakeClock();
  const network = new DatagramNetwork(clock);
  const said: TwinMessage[] = [];
  const start = (host: string, seed: number, starts = 1) => {
    const found: Twin[] = [];
    const process = { boot: starts, found };
    const socket = network.datagrams.bind(place(host), {
      received: (bytes, from) => {
        const { message, boot } = JSON.parse(new TextDecoder().decode(bytes));
        twins.heard(message, from, boot);
      },
    });
    const twins = new Twins({
      clock,
      random: seededRandom(seed),
      send: (message, to) => {
        said.push(message);
        const { boot } = process;
        socket.send(new TextEncoder().encode(JSON.stringify({ message, boot })), to);
      },
      rivalled: (boot) => {
        process.boot = Math.max(process.boot, boot + 1);
      },
      found: (twin) => found.push(twin),
    });
    return Object.assign(process, { twins });
  };
  return { clock, network, start, said };
}

test('the later of two finds the earlier, whoever of them asks', () => {
  for (const asker of ['first', 'second'] as const) {
    const { clock, start } = stage();
    const first = start('10.0.0.1', 1);
    clock.advance(60_000);
    const second = start('10.0.0.2', 2);
    if (asker === 'first') void first.twins.ask(place('10.0.0.2'));
    else void second.twins.ask(place('10.0.0.1'));
    clock.advance(1_000);
    expect(second.found).toEqual([{ address: place('10.0.0.1'), runningMs: expect.any(Number) }]);
    expect(first.found).toEqual([]);
  }
});

test('the one that stays has started more often than the one that goes ever said, whoever of them asks', () => {
  for (const asker of ['first', 'second'] as const) {
    for (const starts of [2, 3, 4]) {
      const { clock, start } = stage();
      const first = start('10.0.0.1', 1, 3);
      clock.advance(60_000);
      const second = start('10.0.0.2', 2, starts);
      if (asker === 'first') void first.twins.ask(place('10.0.0.2'));
      else void second.twins.ask(place('10.0.0.1'));
      clock.advance(1_000);
      expect(second.found).toHaveLength(1);
      expect(first.boot).toBeGreaterThan(second.boot);
      expect(first.boot).toBeLessThan(9);
    }
  }
});

test('where nobody answers, that is known within a second', async () => {
  const { clock, start, said } = stage();
  const { twins, found } = start('10.0.0.1', 1);
  const asked = twins.ask(place('10.0.0.9'));
  clock.advance(1_000);
  await asked;
  expect(said).toHaveLength(4);
  expect(found).toEqual([]);
});

test('who has stopped asks nobody any more, and lets nobody wait', async () => {
  const { clock, start, said } = stage();
  const { twins } = start('10.0.0.1', 1);
  const asked = twins.ask(place('10.0.0.9'));
  twins.stop();
  await asked;
  await twins.ask(place('10.0.0.8'));
  clock.advance(1_000);
  expect(said).toHaveLength(1);
});

test('one question may be lost', () => {
  const { clock, network, start } = stage();
  start('10.0.0.1', 1);
  clock.advance(60_000);
  const second = start('10.0.0.2', 2);
  let losses = 3;
  network.loses = () => losses-- > 0;
  void second.twins.ask(place('10.0.0.1'));
  clock.advance(1_000);
  expect(second.found).toHaveLength(1);
});

test('what was recorded earlier, or thrown back, moves nobody', () => {
  const { clock, start, said } = stage();
  const first = start('10.0.0.1', 1);
  clock.advance(60_000);
  const second = start('10.0.0.2', 2);
  void second.twins.ask(place('10.0.0.1'));
  clock.advance(1_000);
  const third = start('10.0.0.3', 3);
  for (const message of [...said]) {
    third.twins.heard(message, place('10.0.0.66'), 1);
    first.twins.heard(message, place('10.0.0.66'), 1);
  }
  clock.advance(1_000);
  expect(third.found).toEqual([]);
  expect(first.found).toEqual([]);
});

test('its own question that comes back is not answered', () => {
  const { clock, start, said } = stage();
  const { twins, found } = start('10.0.0.1', 1);
  void twins.ask(place('10.0.0.9'));
  const [question] = said;
  if (question !== undefined) twins.heard(question, place('10.0.0.9'), 1);
  expect(said).toHaveLength(1);
  clock.advance(1_000);
  expect(found).toEqual([]);
});

test('who is asked in a flood asks back once a second, and one at a time', () => {
  const { clock, start, said } = stage();
  const { twins } = start('10.0.0.1', 1);
  const nonce = 'aa'.repeat(8);
  for (let i = 0; i < 1_000; i++) {
    const from = place(`10.0.${i % 250}.9`);
    twins.heard({ type: 'twin-question', nonce, instance: 'bb'.repeat(8) }, from, 1);
  }
  expect(said.filter(({ type }) => type === 'twin-question')).toHaveLength(1);
  for (let i = 0; i < 100; i++) void twins.ask(place(`10.9.0.${i}`));
  expect(said.filter(({ type }) => type === 'twin-question')).toHaveLength(16);
  twins.stop();
  said.length = 0;
  clock.advance(10_000);
  expect(said).toEqual([]);
});

test('a copied data directory is found where the record of the first host says, before the copy takes part', async () => {
  const mesh = new SmallMesh();
  const [first] = mesh.of(3);
  await mesh.pass(2_000);
  const copy = mesh.start(9, { as: 1, boot: 2 });
  void copy.membership.seekTwin(mesh.known(1).addresses);
  await mesh.pass(1_000);
  expect(copy.twins).toEqual([{ address: place('10.0.0.1'), runningMs: expect.any(Number) }]);
  expect(first?.twins).toEqual([]);
  await copy.membership.stop();
  await mesh.pass(3_000);
  expect(first?.membership.members().map(({ state }) => state)).toEqual(['alive', 'alive']);
});

test('a copy that started more often and ended leaves the first host heard by all', async () => {
  const mesh = new SmallMesh();
  const [first, second] = mesh.of(3);
  await mesh.pass(2_000);
  const copy = mesh.start(9, { as: 1 });
  copy.starts.boot = 4; // as when it finds records of the first host that its disk does not have
  copy.membership.learn([mesh.known(2), mesh.known(3)]);
  await mesh.pass(500);
  const sought = copy.membership.seekTwin(mesh.known(1).addresses);
  await mesh.pass(1_000);
  await sought;
  expect(copy.twins).toHaveLength(1);
  const sent = () => copy.meter.value('selvage_datagrams_sent_total');
  const sentBefore = sent();
  await copy.membership.leave();
  expect(sent()).toBe(sentBefore);
  await mesh.pass(5_000);
  const seen = second?.membership.members().find(({ name }) => name === first?.name);
  expect(first?.starts.boot).toBeGreaterThan(4);
  expect(seen?.state).toBe('alive');
  expect(seen?.incarnation).toBeGreaterThan(5 * INCARNATIONS_PER_START - 1);
  expect(seen?.lastContactMs).toBeLessThan(2_000);
  expect(first?.membership.members().map(({ state }) => state)).toEqual(['alive', 'alive']);
});
