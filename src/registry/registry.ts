import { byText, err, type NodeName, ok, type Result, type ServiceKey } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { Clock, Log, PeerId } from '../ports/index.ts';
import { type HeldRecord, type KindOwner, type RecordId, recordId } from '../replication/index.ts';
import { type ChangeListener, ChangeStream } from './change-stream.ts';
import {
  type EndpointClaim,
  endpointClaimSchema,
  issuesInWords,
  type NodeClaim,
  nodeClaimSchema,
} from './claims.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointList } from './endpoint-list.ts';
import { EndpointTable } from './endpoint-table.ts';
import { isGoneState, judge } from './judgement.ts';
import { type HostingRules, hostingRules } from './quarantine.ts';
import {
  type NodeState,
  type NodeView,
  nodeView,
  type ProvenNode,
  type ServiceView,
  serviceView,
} from './views.ts';

/** What a node says of itself, under one key. */
export const NODE_KIND = 'node';
export const NODE_KEY = 'self';
/** What a node says of the workloads that it hosts, each under a key of its own. */
export const ENDPOINT_KIND = 'endpoint';

export interface RegistryOptions {
  readonly self: NodeName;
  readonly trust: TrustSet;
  /** What this node holds another for; asked when something is said by or of it. */
  readonly stateOf: (node: NodeName) => Exclude<NodeState, 'self'>;
  readonly peerIdOf: (publicKey: Uint8Array) => PeerId;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whoever hands out records by kind: the record store. */
export interface RecordSource {
  own<Value>(kind: string, owner: KindOwner<Value>): void;
}

/**
 * Services, endpoints and nodes as this node sees them: the members' records in the light of the trust
 * repository and of who lives. Kept up change by change; what it hands out is never changed.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #nodes = new Map<NodeName, ProvenNode>();
  readonly #endpoints = new EndpointTable();
  readonly #changes: ChangeStream;
  #trust: TrustSet;
  #rules: HostingRules;

  /** Takes what nodes say of themselves; {@link follow} makes it the owner of that kind. */
  readonly nodeOwner: KindOwner<NodeClaim> = {
    read: readNodeClaim,
    set: (record) => this.#setNode(record),
    unset: (id) => this.#unsetNode(id),
  };

  /** The same for what they say of their workloads. */
  readonly endpointOwner: KindOwner<EndpointClaim> = {
    read: readEndpointClaim,
    set: ({ id, writer, value }) => {
      const endpoint = { id, node: writer, claim: value, ...this.#judge(writer, value) };
      this.#changes.services(this.#endpoints.put(endpoint));
    },
    unset: (id) => {
      const service = this.#endpoints.remove(writerOf(id), id);
      if (service !== undefined) this.#changes.services([service]);
    },
  };

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#changes = new ChangeStream(options.clock, options.log);
    this.#trust = options.trust;
    this.#rules = hostingRules(options.trust);
  }

  /** Interprets the records of its two kinds, those of now and all that come. */
  follow(records: RecordSource): void {
    records.own(NODE_KIND, this.nodeOwner);
    records.own(ENDPOINT_KIND, this.endpointOwner);
  }

  /** Other rules came into force. */
  trust(trust: TrustSet): void {
    this.#changes.services(this.#trust.services.map(({ key }) => key));
    this.#trust = trust;
    this.#rules = hostingRules(trust);
    this.#changes.services(trust.services.map(({ key }) => key));
    for (const name of this.#nodes.keys()) this.#changes.node(name);
    for (const node of [...this.#endpoints.nodes()]) this.#judgeAgain(node);
  }

  /** This node holds a member for something else than before. */
  memberChanged(name: NodeName): void {
    if (!this.#nodes.has(name)) return; // without a record of itself its endpoints are quarantined
    this.#changes.node(name);
    const isGone = isGoneState(this.#stateOf(name));
    const isTouched = ({ state }: Endpoint): boolean =>
      state === 'unreachable' || (isGone && state === 'ready');
    if (this.endpointsOn(name).some(isTouched)) this.#judgeAgain(name);
  }

  /** Told of changes a moment after they came, those of one moment together. */
  onChange(listener: ChangeListener): void {
    this.#changes.onChange(listener);
  }

  /** Tells nobody any more. */
  stop(): void {
    this.#changes.stop();
  }

  /** All that claim to serve it, in the order of their ids. */
  endpointsOf(service: ServiceKey): EndpointList {
    return this.#endpoints.of(service);
  }

  /** Those of them that get traffic: the ready ones, or as a last resort those of nodes that are dead or left. */
  offered(service: ServiceKey): EndpointList {
    return this.#endpoints.offered(service);
  }

  /** What a node claims to host, in the order of the ids. */
  endpointsOn(node: NodeName): EndpointList {
    return this.#endpoints.on(node);
  }

  /** All of them, node by node. */
  endpoints(): EndpointList {
    return this.#endpoints.all();
  }

  node(name: NodeName): ProvenNode | undefined {
    return this.#nodes.get(name);
  }

  /** All that say something of themselves, this node included. */
  nodes(): Iterable<ProvenNode> {
    return this.#nodes.values();
  }

  /** For people, in the order of the names. */
  nodeViews(): readonly NodeView[] {
    return [...this.#nodes.values()]
      .map((node) => nodeView(node, this.#stateOf(node.name), this.#trust))
      .sort(byText(({ name }) => name));
  }

  /** For people: the services in force, in the order of their names. */
  serviceViews(): readonly ServiceView[] {
    return this.#trust.services
      .map((service) => serviceView(service, this.endpointsOf(service.key)))
      .sort(byText(({ service }) => service));
  }

  #setNode({ key, writer: name, publicKey, sequence, value }: HeldRecord<NodeClaim>): void {
    if (key !== NODE_KEY) return; // a newer version may say more
    const { epoch, boot } = sequence;
    const peerId = this.#options.peerIdOf(publicKey);
    this.#nodes.set(name, { name, peerId, publicKey, epoch, boot, claim: value });
    this.#changes.node(name);
    this.#judgeAgain(name);
  }

  #unsetNode(id: RecordId): void {
    const name = writerOf(id);
    if (id !== recordId(name, NODE_KIND, NODE_KEY) || !this.#nodes.delete(name)) return;
    this.#changes.node(name);
    this.#judgeAgain(name);
  }

  /** Something that the endpoints of a node were held against is different. */
  #judgeAgain(node: NodeName): void {
    for (const endpoint of this.#endpoints.on(node)) {
      const judged = this.#judge(node, endpoint.claim);
      const isSame = judged.state === endpoint.state && judged.reason === endpoint.reason;
      if (!isSame) this.#changes.services(this.#endpoints.put({ ...endpoint, ...judged }));
    }
  }

  #judge(node: NodeName, claim: EndpointClaim) {
    const nodeClaim = this.#nodes.get(node)?.claim;
    return judge(claim, { node, rules: this.#rules, nodeClaim, nodeState: this.#stateOf(node) });
  }

  #stateOf(node: NodeName): NodeState {
    return node === this.#options.self ? 'self' : this.#options.stateOf(node);
  }
}

function readNodeClaim(value: unknown, writer: NodeName): Result<NodeClaim, string> {
  const claim = nodeClaimSchema.safeParse(value);
  if (!claim.success) return err(issuesInWords(claim.error));
  const { name } = claim.data;
  return name === writer ? ok(claim.data) : err(`node '${writer}' calls itself '${name}'`);
}

function readEndpointClaim(value: unknown): Result<EndpointClaim, string> {
  const claim = endpointClaimSchema.safeParse(value);
  return claim.success ? ok(claim.data) : err(issuesInWords(claim.error));
}

/** A record's id begins with its writer. */
const writerOf = (id: RecordId): NodeName => id.slice(0, id.indexOf('/')) as NodeName;
