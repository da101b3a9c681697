import type {
  AdminService,
  ChangeKind,
  EndpointView,
  NodeView,
  ServiceView,
  WorkloadView,
} from '../../admin/index.ts';
import type { Listing } from '../output/index.ts';
import { addressWords } from './addresses.ts';

/** Something that `selvage get` lists. */
export interface View<Item> extends Listing<Item> {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  list(client: AdminService): Promise<{ readonly items: readonly Item[] }>;
  /** Changes after which it may look different. */
  readonly kinds: readonly ChangeKind[];
}

const DIGEST_CHARACTERS = 12; // enough to compare by eye, as for commits
export const shortDigest = (digest: string): string => digest.slice(0, DIGEST_CHARACTERS);
const NONE = '-';

export const nodesView: View<NodeView> = {
  name: 'nodes',
  aliases: ['node'],
  description: 'the nodes of the mesh, and which version of the trust repository each enforces',
  list: (client) => client.nodes({}),
  kinds: ['nodes', 'trust'],
  identify: ({ name }) => name,
  empty: 'no nodes are known yet; this one shows when it has started',
  columns: [
    { heading: 'NAME', cell: ({ name }) => name },
    { heading: 'STATE', cell: ({ state }) => state },
    { heading: 'AUTHORITY', cell: ({ authority }) => authority },
    { heading: 'ENFORCES', cell: ({ enforces }) => `${enforces?.version ?? NONE}` },
    {
      heading: 'DIGEST',
      cell: ({ enforces }) => (enforces === undefined ? NONE : shortDigest(enforces.digest)),
    },
    { heading: 'VERSION', cell: ({ version }) => version ?? NONE },
    { heading: 'ADDRESSES', cell: ({ addresses }) => addressWords(addresses) },
    { heading: 'REMARK', cell: remarkOn },
  ],
};

function remarkOn({ lag, staleSince }: NodeView): string {
  const stale =
    staleSince === undefined
      ? []
      : [`stale since ${new Date(staleSince).toISOString()}: it hears of no authority`];
  return [...stale, ...(lag === undefined ? [] : [lag])].join('; ') || NONE;
}

export const servicesView: View<ServiceView> = {
  name: 'services',
  aliases: ['service', 'svc'],
  description: 'the services in force, and how many endpoints each has',
  list: (client) => client.services({}),
  kinds: ['services', 'endpoints', 'trust'],
  identify: ({ service }) => service,
  empty: 'no services are in force; apply some: selvage apply -f FILE --key governor.key',
  columns: [
    { heading: 'SERVICE', cell: ({ service }) => service },
    { heading: 'PROTOCOL', cell: ({ protocol }) => protocol },
    { heading: 'NAME', cell: ({ name }) => name ?? NONE },
    { heading: 'READY', cell: ({ endpoints }) => `${endpoints.ready}` },
    { heading: 'NOT READY', cell: ({ endpoints }) => `${endpoints.notReady}` },
    { heading: 'UNREACHABLE', cell: ({ endpoints }) => `${endpoints.unreachable}` },
    { heading: 'QUARANTINED', cell: ({ endpoints }) => `${endpoints.quarantined}` },
    { heading: 'SERVED BY', cell: ({ identities }) => identities.join(',') },
  ],
};

export const endpointsView: View<EndpointView> = {
  name: 'endpoints',
  aliases: ['endpoint', 'ep'],
  description: 'where each service is served, and why an endpoint is not ready',
  list: (client) => client.endpoints({}),
  kinds: ['endpoints', 'nodes', 'trust'],
  identify: ({ id }) => id,
  empty: 'no endpoints yet; start a workload: selvage run --service NAME --port PORT -- COMMAND',
  columns: [
    { heading: 'SERVICE', cell: ({ service }) => service },
    { heading: 'NODE', cell: ({ node }) => node },
    { heading: 'ADDRESS', cell: ({ address, port }) => `${address}:${port}` },
    { heading: 'STATE', cell: ({ state }) => state },
    { heading: 'WEIGHT', cell: ({ weight }) => `${weight}` },
    { heading: 'LOCALITY', cell: ({ locality }) => locality ?? NONE },
    {
      heading: 'LABELS',
      cell: ({ labels }) =>
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(',') || NONE,
    },
    { heading: 'REASON', cell: ({ reason }) => reason ?? NONE },
  ],
};

/** What a sidecar holds, by name; of one that did not answer nothing is known. */
const held = (what: string) => (workload: WorkloadView) => `${workload.held?.[what] ?? NONE}`;

export const workloadsView: View<WorkloadView> = {
  name: 'workloads',
  aliases: ['workload', 'wl'],
  description: 'the workloads of this host, and what the sidecar of each holds now',
  list: (client) => client.workloads({}),
  kinds: ['workloads'],
  identify: ({ instance }) => instance,
  empty: 'no workload is attached; start one: selvage run --service NAME --port PORT -- COMMAND',
  columns: [
    { heading: 'WORKLOAD', cell: ({ spiffeId }) => spiffeId },
    { heading: 'PID', cell: ({ pid }) => `${pid}` },
    { heading: 'SERVES', cell: ({ serves }) => serves ?? NONE },
    { heading: 'CLIENTS', cell: held('clients') },
    { heading: 'SERVERS', cell: held('servers') },
    { heading: 'DIALLING', cell: held('dialling') },
    { heading: 'POOLED', cell: held('pooled') },
    { heading: 'EXCHANGES', cell: held('exchanges') },
    { heading: 'FLOWS', cell: held('flows') },
    { heading: 'HELD BYTES', cell: held('heldBytes') },
  ],
};
