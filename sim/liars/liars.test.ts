import { expect, setDefaultTimeout, test } from 'bun:test';
import { type Mesh, makeMesh } from '../mesh/index.ts';
import { type Deed, PLAIN_NETWORK, type Scenario } from '../scenario/index.ts';
import { LiarBand } from './liar-band.ts';

// Virtual time costs real time, more so where others work on the same cores.
setDefaultTimeout(60_000);

/** A small mesh in which one member does this from the second second on, after half a minute. */
function after(deeds: readonly Deed[]): { readonly mesh: Mesh; readonly liars: LiarBand } {
  const scenario: Scenario = {
    name: 'lies',
    nodes: 10,
    minutes: 1,
    start: 'settled',
    profile: 'lan',
    lifeguard: true,
    network: PLAIN_NETWORK,
    changesPerSecond: 0,
    faults: [{ kind: 'liars', atS: 2, forS: 60, share: 0.1, deeds }],
  };
  const liars = new LiarBand(scenario, 1);
  const mesh = makeMesh(scenario, 1, liars.disguiseOf);
  mesh.world.runUntil(30_000);
  return { mesh, liars };
}

const refusals = (mesh: Mesh, reason: string): number =>
  mesh.tally.count('selvage_record_refusals_total', reason);

test('forged and usurped records are refused for who signed them', () => {
  const { mesh } = after(['forge', 'usurp']);
  expect(refusals(mesh, 'writer')).toBeGreaterThan(0);
});

test('garbage is refused as what it is, in records, datagrams and answers', () => {
  const { mesh } = after(['garbage']);
  expect(refusals(mesh, 'malformed')).toBeGreaterThan(0);
  expect(mesh.tally.count('selvage_datagram_refusals_total')).toBeGreaterThan(0);
  expect(mesh.tally.count('selvage_record_comparisons_total', 'nonsense')).toBeGreaterThan(0);
});

test('a flood is cut at what one writer may have', () => {
  const { mesh } = after(['flood']);
  const most = Math.max(...[...mesh.honest()].map((node) => mesh.mostOfOneWriter(node)));
  expect(most).toBeGreaterThan(500);
  expect(most).toBeLessThanOrEqual(4_096);
});

test('who says two things under one sequence is found out by all', () => {
  const { mesh, liars } = after(['equivocate']);
  const [liar] = liars.equivocators();
  expect(liar).toBeDefined();
  const knowing = [...mesh.honest()].filter((node) => mesh.hasEvidence(node, liar ?? -1));
  expect(knowing).toHaveLength(9);
});

test('accusations make members ask, and the accused answer that they live', () => {
  const { mesh } = after(['accuse']);
  expect(mesh.tally.count('selvage_membership_events_total', 'refuted-own')).toBeGreaterThan(0);
  expect(mesh.tally.count('selvage_membership_events_total', 'concluded-dead')).toBe(0);
});
