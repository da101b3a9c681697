import { selfCommand } from '../platform/index.ts';
import type { Shop } from './shop.ts';
import type { Place } from './wire/index.ts';

/** What of one run the tour names. */
export interface TourFacts {
  /** How a person starts this program: a path, or undefined for `npx selvage` in the clone. */
  readonly executable: string | undefined;
  readonly directory: string;
  readonly runtimeDirectory: string;
  readonly frontendPort: number;
  /** Of the frontend's node. */
  readonly metrics: Place;
  readonly nodePid: number | undefined;
  readonly catalogPid: number;
}

export function tourFacts({ stage, nodes, workloads }: Shop): TourFacts {
  const command = selfCommand();
  return {
    executable: command.length === 1 ? command[0] : undefined,
    directory: stage.directory,
    runtimeDirectory: stage.runtimeDirectory,
    frontendPort: workloads.get('frontend').port,
    metrics: nodes.placeOf('n3', 'metrics'),
    nodePid: nodes.pidOf('n1'),
    catalogPid: workloads.applicationPid('catalog-v1'),
  };
}

/** What to try by hand, with the addresses of this very run; at most 80 columns wide. */
export function tourLines(facts: TourFacts): string[] {
  const { executable, frontendPort, metrics } = facts;
  const selvage = executable ?? 'npx selvage';
  const frontend = `http://127.0.0.1:${frontendPort}`;
  const where = executable === undefined ? ', in this directory' : '';
  return [
    '',
    'The shop is open. Its programs know nothing of the mesh: their sidecars do',
    `the rest. In a second terminal${where}:`,
    `  export SELVAGE_RUNTIME_DIR=${facts.runtimeDirectory}`,
    '',
    'The frontend asks the catalog: v1 and v2 take turns, each end sees the other.',
    `  curl -s ${frontend}/products`,
    '',
    'The stock is asked by gRPC; its trailers come along, and who answered.',
    `  curl -s '${frontend}/stock?item=bobbin'`,
    '',
    'What no policy permits is refused, and the mesh says why.',
    `  curl -si ${frontend}/admin`,
    `  ${selvage} explain --from shop/frontend --to shop/payments \\`,
    '    --method GET --path /admin',
    '',
    'Who serves what, who is a member, how a node is, and what its sidecars did.',
    `  ${selvage} get endpoints`,
    `  ${selvage} get nodes --watch`,
    `  ${selvage} status`,
    `  curl -s http://${metrics.host}:${metrics.port}/metrics | grep ^selvage_requests_total`,
    '',
    'Kill node n1: the sidecars go on, its own ones included.',
    `  kill -9 ${facts.nodePid}`,
    `  curl -s ${frontend}/products`,
    `  ${selvage} get nodes`,
    '',
    'Kill the catalog’s v1: its endpoint goes, and v2 answers all.',
    `  kill -9 ${facts.catalogPid}`,
    `  curl -s ${frontend}/products`,
    `  ${selvage} get endpoints`,
    '',
    `State and logs are in ${facts.directory}. Ctrl-C ends it all.`,
    '',
  ];
}
