import type { Row } from '../rows.ts';
import { answeredRow, type LoadReport, PacedLoad } from './paced-load.ts';
import type { ServedMesh } from './served-mesh.ts';

export interface AuthoritiesPlan {
  /** How long two of three authorities are gone. */
  readonly seconds: number;
  /** Of SVIDs and credentials. */
  readonly lifeSeconds: number;
  readonly perSecond: number;
}

export interface AuthoritiesResult {
  readonly load: LoadReport;
  /** SVIDs that the sidecars took up while two authorities were gone. */
  readonly svids: number;
  /** Of a new node, by the authority that is left. */
  readonly joinMs: number;
}

const SIDECARS = ['n1-web', 'n4-web', 'n4-client'];

/** Two of three authorities are killed under load: what is issued goes on, is renewed by the third, and a node joins. */
export async function measureAuthorities(
  plan: AuthoritiesPlan,
  mesh: ServedMesh,
): Promise<AuthoritiesResult> {
  const { seconds, lifeSeconds, perSecond } = plan;
  await mesh.start({ nodes: 4, authorities: 3, web: [1, 4], caller: 4, lifeSeconds });
  const svids = () => SIDECARS.reduce((sum, log) => sum + mesh.countIn(log, '"svid in use"'), 0);
  const load = new PacedLoad(mesh.callerPort, perSecond);
  await Promise.all([mesh.processes.kill(mesh.node(2)), mesh.processes.kill(mesh.node(3))]);
  const before = svids();
  await Bun.sleep((seconds * 1_000) / 2);
  const begun = performance.now();
  await mesh.processes.joinAndStart(5);
  const joinMs = performance.now() - begun;
  await Bun.sleep((seconds * 1_000) / 2);
  return { load: await load.stop(), svids: svids() - before, joinMs };
}

export const authoritiesRows = ({ load, svids, joinMs }: AuthoritiesResult): readonly Row[] => [
  { what: 'requests', value: load.sent, unit: '' },
  answeredRow(load),
  { what: 'slowest request', value: load.slowestMs, unit: 'ms' },
  { what: 'SVIDs that the third authority renewed', value: svids, unit: '' },
  { what: 'a node joins and serves', value: joinMs, unit: 'ms' },
];
