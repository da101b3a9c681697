import type { Row } from '../rows.ts';
import { answeredRow, type LoadReport, PacedLoad } from './paced-load.ts';
import type { ServedMesh } from './served-mesh.ts';

export interface RotationPlan {
  readonly seconds: number;
  /** Of SVIDs and credentials. */
  readonly lifeSeconds: number;
  readonly perSecond: number;
}

export interface RotationResult {
  readonly load: LoadReport;
  /** SVIDs that the sidecars took up while the load ran. */
  readonly svids: number;
  /** What became of n1's certificates, the newest first. */
  readonly certificates: readonly string[];
}

/** The command takes no less. */
const SHORTEST_RETIREMENT_S = 10;
const SIDECARS = ['n1-web', 'n3-web', 'n3-client'];

/**
 * Every SVID is renewed again and again under load, and in the middle one of the two authorities gets new keys, whose
 * predecessors are out before the end.
 */
export async function measureRotation(
  plan: RotationPlan,
  mesh: ServedMesh,
): Promise<RotationResult> {
  const { seconds, lifeSeconds, perSecond } = plan;
  await mesh.start({ nodes: 3, authorities: 2, web: [1, 3], caller: 3, lifeSeconds });
  const svids = () => SIDECARS.reduce((sum, log) => sum + mesh.countIn(log, '"svid in use"'), 0);
  const before = svids();
  const load = new PacedLoad(mesh.callerPort, perSecond);
  await Bun.sleep((seconds * 1_000) / 3);
  const retireAfter = Math.max(SHORTEST_RETIREMENT_S, Math.floor(seconds / 3));
  await mesh.sign('authority', 'rotate', '--retire-after', `${retireAfter}s`);
  await Bun.sleep((seconds * 2_000) / 3);
  const report = await load.stop();
  const list = ['authority', 'list', '-o', 'json', '--data', mesh.node(1).dataDirectory];
  const { items } = JSON.parse(await mesh.processes.run(...list));
  const ofN1 = items.filter(({ node }: { node: string }) => node === 'n1');
  const certificates = ofN1.map(({ state }: { state: string }) => state);
  return { load: report, svids: svids() - before, certificates };
}

export const rotationRows = ({ load, svids, certificates }: RotationResult): readonly Row[] => [
  { what: 'requests', value: load.sent, unit: '' },
  answeredRow(load),
  { what: 'slowest request', value: load.slowestMs, unit: 'ms' },
  { what: 'SVIDs that were renewed', value: svids, unit: '' },
  { what: 'CA certificates of n1 that ended', value: countOf(certificates, 'ended'), unit: '' },
];

const countOf = (states: readonly string[], wanted: string): number =>
  states.filter((state) => state === wanted).length;
