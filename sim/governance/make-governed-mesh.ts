import { sha256Hex } from '../../src/crypto/index.ts';
import { offerOf, TrustStore, verifyTrust } from '../../src/governance/index.ts';
import type { ScratchDirs } from '../../src/ports/index.ts';
import { networkOf } from '../mesh/network-options.ts';
import { Tally } from '../mesh/tally.ts';
import type { TrustPlan } from '../scenario/index.ts';
import { nodeNameOf } from '../witness/index.ts';
import { addressOf, type DiskImage, SimDisk, WORLD_EPOCH, World } from '../world/index.ts';
import { GOSSIP_PORT, idOf } from './governed-life.ts';
import { GovernedMesh } from './governed-mesh.ts';
import { Government } from './government.ts';
import { RememberedVerdicts } from './remembered-verdicts.ts';

/** In which all nodes start. */
const START_MS = 400;

/** Makes a mesh in which all have in force what was founded; the authorities are nodes that are drawn. */
export async function makeGovernedMesh(
  plan: TrustPlan,
  seed: number,
  scratch: ScratchDirs,
): Promise<GovernedMesh> {
  const { nodes, authorities, network, liar } = plan;
  const world = new World({ seed, network: networkOf(network) });
  const random = world.random.fork('government');
  const places = Array.from({ length: nodes }, (_, node) => node);
  const chosen = Array.from(
    { length: authorities },
    () => places.splice(random.below(places.length), 1)[0] ?? 0,
  );
  const government = new Government(chosen, random);
  const image = await foundedImage(government, scratch);
  const hosts = Array.from({ length: nodes }, (_, node) =>
    world.addHost({ region: node % network.regions, image }),
  );
  const members = hosts.map(({ number }) => ({
    name: nodeNameOf(number),
    peerId: idOf(number),
    addresses: [`/ip4/${addressOf(number)}/tcp/${GOSSIP_PORT}`],
  }));
  const thief = liar === undefined ? undefined : chosen[liar.authority];
  const mesh = new GovernedMesh({
    world,
    hosts,
    government,
    shares: { verdicts: new RememberedVerdicts(), scratch, tally: new Tally(), members },
    ...(thief === undefined ? {} : { liar: thief }),
  });
  for (const { number } of hosts) {
    world.at(random.fraction() * START_MS, () => mesh.start(number));
  }
  return mesh;
}

/** A disk on which what was founded was adopted. */
async function foundedImage({ founded }: Government, scratch: ScratchDirs): Promise<DiskImage> {
  const verified = await verifyTrust({
    pinnedRootSha256: sha256Hex(founded.roots[0] ?? new Uint8Array()),
    offered: offerOf(founded),
    scratch,
    now: WORLD_EPOCH,
  });
  if (!verified.ok) throw new Error(verified.error.detail);
  const disk = new SimDisk();
  new TrustStore(disk).adopt(verified.value);
  return disk.image();
}
