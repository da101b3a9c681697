import {
  Agreement,
  type Check,
  EvidenceEverywhere,
  KeptEndpoints,
  LivingMembers,
  type Load,
  NothingLost,
  TrueRecords,
  WithinBounds,
} from './checks/index.ts';
import type { LiarBand } from './liars/index.ts';
import type { Mesh } from './mesh/index.ts';
import type { Fault, Scenario } from './scenario/index.ts';
import type { NodeIndex } from './witness/index.ts';

/** After everything is over, within which all records must be the same everywhere. */
export const AGREEMENT_BOUND_MS = 60_000;
/** Of one writer on one node: what replication promises to hold at most. */
const RECORDS_OF_A_WRITER = 4_096;
/** Sent by an honest node over the whole run: what starting, restarts and partitions of small meshes cost. */
const BYTES_A_SECOND = 60_000;
/** On top, for each change a second: a record of 700 bytes passes on to each member of a gossip mesh, at most 12. */
const BYTES_OF_A_CHANGE = 14_000;
/** On top, for each liar: the changes that a writer may make at once and later, passed on as well. */
const BYTES_A_SECOND_OF_A_LIAR = 200_000;
/** Faults beside which only liars could take a healthy member's endpoints out of use. */
const HARMLESS: readonly Fault['kind'][] = ['liars', 'crash', 'clock', 'disk'];
/** Losses that no failure detector mistakes for a death. */
const HARMLESS_LOSS = 0.02;

/** What must hold in every run, and the two of it that a run waits for. */
export interface Promises {
  readonly agreement: Agreement;
  readonly living: LivingMembers;
  readonly all: readonly Check[];
}

export function promisesOf(scenario: Scenario, mesh: Mesh, liars: LiarBand): Promises {
  const agreement = new Agreement(mesh, AGREEMENT_BOUND_MS);
  const living = new LivingMembers(mesh);
  const evidence = new EvidenceEverywhere({
    honest: () => mesh.reliable(),
    equivocators: () => liars.equivocators(),
    knows: (node, equivocator) => mesh.hasEvidence(node, equivocator),
  });
  const always = [agreement, living, new TrueRecords(mesh), new NothingLost(mesh), evidence];
  const bounds = new WithinBounds(() => loadsOf(scenario, mesh));
  const onlyLiars =
    scenario.network.loss <= HARMLESS_LOSS &&
    scenario.faults.every(({ kind }) => HARMLESS.includes(kind));
  const kept = onlyLiars ? [new KeptEndpoints(mesh)] : [];
  return { agreement, living, all: [...always, bounds, ...kept] };
}

/** Of healthy nodes that know the time: the most records that any holds of one writer, and the most that any has sent. */
function* loadsOf({ changesPerSecond }: Scenario, mesh: Mesh): Iterable<Load> {
  const liars = mesh.all().filter((node) => mesh.isLiar(node)).length;
  const bytesBound =
    BYTES_A_SECOND + changesPerSecond * BYTES_OF_A_CHANGE + liars * BYTES_A_SECOND_OF_A_LIAR;
  for (const node of mesh.reliable()) {
    if (mesh.condition(node) !== 'healthy') continue; // who is slow asks again and again
    const name = mesh.node(node).identity.name;
    yield {
      what: `records of one writer on ${name}`,
      unit: 'records',
      value: mesh.mostOfOneWriter(node),
      bound: RECORDS_OF_A_WRITER,
    };
    yield {
      what: `traffic of ${name}`,
      unit: 'bytes a second',
      value: bytesASecond(mesh, node),
      bound: bytesBound,
    };
  }
}

const bytesASecond = (mesh: Mesh, node: NodeIndex): number =>
  mesh.hostOf(node).traffic.total / (mesh.world.now / 1_000);
