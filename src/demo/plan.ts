import {
  type Namespace,
  type NodeName,
  type ServiceKey,
  type SpiffeId,
  serviceKey,
  type TrustDomain,
  workloadSpiffeId,
} from '../core/index.ts';

/** The demo's own names: DNS labels and a trust domain, by inspection. */
export const TRUST_DOMAIN = 'shop.example' as TrustDomain;
export const NAMESPACE = 'shop' as Namespace;

/** Those that serve. */
export const MESH_NODES = ['n1', 'n2', 'n3'] as const;
/** `rogue` joins them, and then lies. */
export type DemoNodeName = (typeof MESH_NODES)[number] | 'rogue';

export interface NodePlan {
  readonly name: DemoNodeName;
  readonly address: string;
}

const plans: Readonly<Record<DemoNodeName, NodePlan>> = {
  n1: { name: 'n1', address: '127.0.0.11' },
  n2: { name: 'n2', address: '127.0.0.12' },
  n3: { name: 'n3', address: '127.0.0.13' },
  rogue: { name: 'rogue', address: '127.0.0.14' },
};

export const nodePlan = (name: DemoNodeName): NodePlan => plans[name];
export const nodeName = (name: DemoNodeName): NodeName => name as string as NodeName; // a label, by inspection

export type ServiceName =
  | 'frontend'
  | 'catalog'
  | 'payments'
  | 'ledger-tcp'
  | 'stock'
  | 'helpdesk'
  | 'files';

/** One workload: a program behind its own sidecar. */
export interface WorkloadPlan {
  readonly name: string;
  readonly service: ServiceName;
  readonly node: DemoNodeName;
  readonly version?: string;
  readonly upstreams?: readonly ServiceName[];
  /** Those that it calls by name, where this host can. */
  readonly named?: readonly ServiceName[];
  /** A tap stands before its sidecar: others reach it through there. */
  readonly tapped?: boolean;
}

/**
 * Where everything stands. n1 has nothing that the others' traffic needs, so that it can die; the
 * catalog has a copy on two nodes; what is tapped can be listened to and led astray.
 */
export const WORKLOADS: readonly WorkloadPlan[] = [
  { name: 'catalog-v1', service: 'catalog', version: 'v1', node: 'n2', tapped: true },
  { name: 'catalog-v2', service: 'catalog', version: 'v2', node: 'n3' },
  { name: 'payments', service: 'payments', node: 'n1', tapped: true },
  { name: 'ledger', service: 'ledger-tcp', node: 'n2' },
  { name: 'stock', service: 'stock', node: 'n2' },
  { name: 'helpdesk', service: 'helpdesk', node: 'n2' },
  {
    name: 'frontend',
    service: 'frontend',
    node: 'n3',
    upstreams: ['catalog', 'payments', 'ledger-tcp', 'files', 'stock', 'helpdesk'],
    named: ['catalog'],
  },
];

/** A program that no one here wrote: added where the host has it. */
export const FILES: WorkloadPlan = { name: 'files', service: 'files', node: 'n1' };

/** A copy of the catalog that comes later. */
export const LATECOMER: WorkloadPlan = {
  name: 'catalog-v3',
  service: 'catalog',
  version: 'v3',
  node: 'n3',
};

/** A caller that was not there when something happened. */
export const SECOND_FRONTEND: WorkloadPlan = {
  name: 'frontend-2',
  service: 'frontend',
  node: 'n3',
  upstreams: ['catalog'],
};

export const keyOf = (service: ServiceName): ServiceKey => serviceKey(NAMESPACE, service);
export const identityOf = (service: string): SpiffeId =>
  workloadSpiffeId(TRUST_DOMAIN, NAMESPACE, service);
