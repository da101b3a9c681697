import { afterEach, expect, mock, setDefaultTimeout, spyOn, test } from 'bun:test';
import { LiarBand } from './liars/index.ts';
import { Load, type Mesh, makeMesh } from './mesh/index.ts';
import { Onlooker } from './onlooker.ts';
import { promisesOf } from './promises.ts';
import { type Fault, PLAIN_NETWORK, type Scenario } from './scenario/index.ts';
import { SimSeals, split } from './world/index.ts';

// Virtual time costs real time, more so where others work on the same cores.
setDefaultTimeout(60_000);

const END_MS = 40_000;
const NODES = 8;

afterEach(() => void mock.restore());

/** Runs a small mesh that is broken in a way which its promises do not allow for, and gives those that it broke. */
function brokenBy(
  sabotage: (mesh: Mesh) => void,
  faults: readonly Fault[] = [],
): readonly string[] {
  const scenario: Scenario = {
    name: 'sabotage',
    nodes: NODES,
    minutes: 1,
    start: 'settled',
    profile: 'lan',
    lifeguard: true,
    network: PLAIN_NETWORK,
    changesPerSecond: 2,
    faults,
  };
  const liars = new LiarBand(scenario, 1);
  const mesh = makeMesh(scenario, 1, liars.disguiseOf);
  const onlooker = new Onlooker(mesh, promisesOf(scenario, mesh, liars));
  new Load(mesh, scenario.changesPerSecond, mesh.world.random.fork('load')).run(END_MS);
  sabotage(mesh);
  mesh.world.runUntil(END_MS);
  onlooker.untilWell(END_MS);
  const { checks } = onlooker.findings();
  return checks.filter(({ breaches }) => breaches.length > 0).map(({ promise }) => promise);
}

const honestVictim = (mesh: Mesh): number => mesh.all().findIndex((node) => !mesh.isLiar(node));

test('a mesh that nobody breaks keeps all its promises', () => {
  expect(brokenBy(() => undefined)).toEqual([]);
});

test('a way that is cut for good, and of which the onlooker does not know, is seen in records, members and endpoints', () => {
  const broken = brokenBy((mesh) => {
    mesh.world.at(10_000, () => {
      mesh.world.network.cut(split([mesh.hostOf(3)]));
    });
  });
  expect(broken).toEqual([
    'all running nodes hold the same records 60 s after the last fault',
    'no living member stays declared dead',
    'nothing that was acknowledged is lost',
    'no healthy member loses its endpoints to liars',
  ]);
});

test('nodes that take any signature for good let forged records in, which is seen', () => {
  spyOn(SimSeals.prototype, 'verifyApart').mockReturnValue(true);
  const forgery = { kind: 'liars', atS: 5, forS: 20, share: 0.05, deeds: ['forge'] } as const;
  expect(brokenBy(() => undefined, [forgery])).toContain(
    'no forged, expired or rolled-back record is ever visible',
  );
});

test('a disk that forgets what it confirmed, and keeps it to itself, is seen at the next start', () => {
  const broken = brokenBy((mesh) => {
    const victim = honestVictim(mesh);
    mesh.world.at(20_000, () => {
      mesh.change(victim, 'kept', 1);
      mesh.crash(victim, 'host', 0);
      mesh.hostOf(victim).disk.lose(1);
    });
    mesh.world.at(25_000, () => mesh.start(victim));
  });
  expect(broken).toContain('nothing that was acknowledged is lost');
});

test('a node that floods, and is taken for an honest one, is seen in what the others send', () => {
  const broken = brokenBy((mesh) => {
    const victim = honestVictim(mesh);
    for (let serial = 0; serial < 1_000; serial++) {
      mesh.world.at(5_000 + serial * 20, () => mesh.change(victim, `flood-${serial}`, serial));
    }
  });
  expect(broken).toContain('memory and traffic of each node stay under their bounds');
});
