import { afterEach, expect, mock, setDefaultTimeout, spyOn, test } from 'bun:test';
import { scratchDirs } from '../../src/platform/index.ts';
import { PLAIN_NETWORK, type TrustPlan } from '../scenario/index.ts';
import { Campaign } from './campaign.ts';
import type { GovernedMesh } from './governed-mesh.ts';
import { makeGovernedMesh } from './make-governed-mesh.ts';
import { SignatureLedger } from './signature-ledger.ts';
import { TrustOnlooker } from './trust-onlooker.ts';

// Virtual time costs real time, more so where others work on the same cores.
setDefaultTimeout(60_000);

afterEach(() => void mock.restore());

/** Two halves; the governors publish in one of them, a team in the other, and another team in both at once. */
const PLAN: TrustPlan = {
  nodes: 10,
  authorities: 3,
  network: PLAIN_NETWORK,
  partings: [{ atS: 5, forS: 15, shares: [0.5], sideOf: [0, 1, 1] }],
  changes: [
    { atS: 8, authority: 0, through: 'itself', list: 0, people: [0, 1, 2] },
    { atS: 9, authority: 1, through: 'itself', list: 1, people: [0, 1] },
    { atS: 10, authority: 0, through: 'itself', list: 2, people: [0, 1] },
    { atS: 10, authority: 1, through: 'itself', list: 2, people: [0, 1] },
  ],
  crashes: [],
  faults: [],
};

/** Runs that plan in a mesh which somebody breaks, and gives the promises that it broke. */
async function brokenBy(
  sabotage: (mesh: GovernedMesh, authority: number) => void,
): Promise<readonly string[]> {
  const mesh = await makeGovernedMesh(PLAN, 1, scratchDirs());
  const [authority = 0] = mesh.government.authorities.keys();
  const campaign = new Campaign(mesh, PLAN);
  const onlooker = new TrustOnlooker(mesh, campaign);
  campaign.start();
  sabotage(mesh, authority);
  onlooker.watch(PLAN, () => undefined);
  return onlooker
    .results()
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ promise }) => promise);
}

const ONE_SET = 'all that hear each other have one trust set in force 60 s after the last fault';
const ONE_SET_MORE = 'so has a node that was cut off through it all, 60 s after it is back';
const SIGNED = 'nothing is in force that fewer people signed than must';
const RISING = 'no version ever falls at a node';
const KEPT = 'no published change is lost, but to another of its number';

test('a mesh that nobody breaks keeps all its promises', async () => {
  expect(await brokenBy(() => undefined)).toEqual([]);
});

test('a way that is cut for good, and of which the onlooker does not know, is seen', async () => {
  const broken = await brokenBy((mesh, authority) => {
    mesh.world.at(1_000, () => void mesh.part([[authority]]));
  });
  expect(broken).toEqual([ONE_SET, ONE_SET_MORE, KEPT]);
});

test('a list that bears signatures which its people never gave is seen wherever it is in force', async () => {
  spyOn(SignatureLedger.prototype, 'countOf').mockReturnValue(1);
  expect(await brokenBy(() => undefined)).toContain(SIGNED);
});

test('a disk that forgets what was in force, and keeps it to itself, is seen at the next start', async () => {
  const broken = await brokenBy((mesh, authority) => {
    mesh.world.at(12_000, () => {
      mesh.crash(authority, 0);
      mesh.hostOf(authority).disk.lose(1);
      mesh.restart(authority);
    });
  });
  expect(broken).toEqual([RISING]);
});

test('a published change that only its authority had, and lost in silence, is seen', async () => {
  const broken = await brokenBy((mesh, authority) => {
    const heal = mesh.part([[authority]]);
    mesh.world.at(12_000, () => {
      mesh.crash(authority, 0);
      mesh.hostOf(authority).disk.lose(2);
      mesh.restart(authority);
      heal();
    });
  });
  expect(broken).toEqual([RISING, KEPT]);
});
