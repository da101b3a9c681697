import { type KnownMember, Roster } from '../../src/membership/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { NodeIndex } from '../witness/index.ts';
import { addressOf, type HostOptions, type SimRandom, World } from '../world/index.ts';
import { PRESENT_BOOT, selfClaim, settledImage } from './first-records.ts';
import { Identity, recordCheck } from './identity.ts';
import { MadeUpAuthority } from './made-up-authority.ts';
import { Mesh } from './mesh.ts';
import { networkOf } from './network-options.ts';
import type { Disguise, MeshShares } from './node-life.ts';
import { profileOf } from './profile.ts';
import { RecordLedger } from './record-ledger.ts';
import { RememberedPlaces } from './remembered-places.ts';
import { RememberedReading } from './remembered-reading.ts';
import { SimNode } from './sim-node.ts';
import { Tally } from './tally.ts';

/**
 * In which all nodes of a settled mesh start: before any that asks in vain asks again; and those of a cold one. What
 * all do when they start takes memory at once when they all do it at once.
 */
const SETTLED_START_MS = 400;
const COLD_START_MS = 5_000;
/** Members that each node of a cold mesh knows of, besides what it hears. */
const FIRST_CONTACTS = 3;
/** Nodes that keep a registry: what one shows is a function of what all hold. */
const REGISTRIES = 50;
/** A key that signs nothing. */
const NOBODY = new Uint8Array(32);

interface Person {
  readonly identity: Identity;
  readonly host: string;
}

/** How a liar's connections differ from what its rooms take them for; undefined for an honest node. */
export type DisguiseOf = (node: NodeIndex, identity: Identity) => Disguise | undefined;

/** Makes the mesh of a scenario, and lets each of its nodes start at a moment of its own. */
export function makeMesh(scenario: Scenario, seed: number, disguiseOf: DisguiseOf): Mesh {
  const world = new World({ seed, network: networkOf(scenario.network) });
  const random = world.random.fork('mesh');
  const ledger = new RecordLedger();
  const authority = new MadeUpAuthority(seed);
  const shares: MeshShares = {
    authority,
    check: recordCheck(authority, world.sealsOf(NOBODY)),
    reading: new RememberedReading(),
    places: new RememberedPlaces(),
    roster: new Roster(),
    tally: new Tally(),
    profile: profileOf(scenario),
  };
  const office = { world, authority, ledger };
  const people = Array.from({ length: scenario.nodes }, (_, index) => ({
    index,
    host: addressOf(index),
    identity: new Identity(index, office),
  }));
  const image = scenario.start === 'settled' ? settledImage(people) : undefined;
  const members = people.map((one) => memberOf(one, image === undefined ? 0 : PRESENT_BOOT));
  const clocks = wrongClocks(scenario, random);
  const nodes = people.map(({ index, identity }) => {
    const region = index % scenario.network.regions;
    const options = { region, ...clocks.get(index), ...(image === undefined ? {} : { image }) };
    const disguise = disguiseOf(index, identity);
    return new SimNode({
      index,
      identity,
      shares,
      host: world.addHost(options),
      met: image === undefined ? someOf(members, FIRST_CONTACTS, random) : members,
      hasRegistry: index % Math.ceil(scenario.nodes / REGISTRIES) === 0,
      ...(disguise === undefined ? {} : { disguise }),
    });
  });
  const mesh = new Mesh({ world, nodes, ledger, tally: shares.tally });
  const startMs = image === undefined ? COLD_START_MS : SETTLED_START_MS;
  for (const { index } of people) {
    world.at(random.fraction() * startMs, () => mesh.start(index));
  }
  return mesh;
}

/** One whom a node knows before any record comes; `boot` is the life that it is in, or 0 when nobody knows. */
function memberOf({ identity, host }: Person, boot: number): KnownMember {
  const { name, peerId, publicKey, facts } = identity;
  const { addresses } = selfClaim(name, host);
  return { name, peerId, publicKey, epoch: facts.epoch, boot, addresses };
}

/** Whose clock is wrong, and how: the scenario's faults of that kind, each at nodes of its own. */
function wrongClocks(
  { nodes, faults }: Scenario,
  random: SimRandom,
): ReadonlyMap<number, Pick<HostOptions, 'clockOffsetMs' | 'clockDrift'>> {
  const clocks = new Map<number, Pick<HostOptions, 'clockOffsetMs' | 'clockDrift'>>();
  for (const fault of faults) {
    if (fault.kind !== 'clock') continue;
    const { offsetMs, driftPpm } = fault;
    for (let i = 0; i < fault.nodes; i++) {
      clocks.set(random.below(nodes), { clockOffsetMs: offsetMs, clockDrift: driftPpm / 1e6 });
    }
  }
  return clocks;
}

function someOf<T>(all: readonly T[], count: number, random: SimRandom): readonly T[] {
  const left = [...all];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(random.below(left.length), 1),
  ).flat();
}
