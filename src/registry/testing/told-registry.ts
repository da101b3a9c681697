import type { NodeName, ServiceKey } from '../../core/index.ts';
import { FakeClock, recordingLog } from '../../ports/testing/index.ts';
import { type HeldRecord, recordId } from '../../replication/index.ts';
import {
  ENDPOINT_KIND,
  type EndpointClaim,
  NODE_KEY,
  NODE_KIND,
  type NodeClaim,
  Registry,
} from '../index.ts';
import type { NodeState } from '../views.ts';
import { endpointClaim, N1, nodeClaim, sampleTrust } from './sample-trust.ts';

/** Where the sample's nodes are: n1 on 10.0.0.1, and so on. */
export const hostOf = (node: NodeName): string => `10.0.0.${node.slice(1)}`;

/** The registry of n1, told of records and members as a store and a membership would. */
export class ToldRegistry {
  readonly clock = new FakeClock();
  readonly log = recordingLog();
  readonly states = new Map<NodeName, Exclude<NodeState, 'self'>>();
  readonly registry: Registry;

  constructor(trust = sampleTrust) {
    this.registry = new Registry({
      self: N1,
      trust,
      clock: this.clock,
      log: this.log,
      stateOf: (node) => this.states.get(node) ?? 'alive',
      peerIdOf: (publicKey) => `id-${publicKey.join('')}`,
    });
  }

  /** What is wrong with the claim; undefined when it holds now. */
  sayNode(node: NodeName, claim: unknown = nodeClaim(node, hostOf(node)), key = NODE_KEY) {
    const read = this.registry.nodeOwner.read(claim, node);
    if (!read.ok) return read.error;
    this.registry.nodeOwner.set(recordOf<NodeClaim>(node, NODE_KIND, key, read.value));
    return undefined;
  }

  /** The same for an endpoint. */
  sayEndpoint(node: NodeName, key: string, claim: unknown = claimOn(node)): string | undefined {
    const read = this.registry.endpointOwner.read(claim, node);
    if (!read.ok) return read.error;
    this.registry.endpointOwner.set(recordOf<EndpointClaim>(node, ENDPOINT_KIND, key, read.value));
    return undefined;
  }

  forgetNode(node: NodeName): void {
    this.registry.nodeOwner.unset(recordId(node, NODE_KIND, NODE_KEY));
  }

  withdraw(node: NodeName, key: string): void {
    this.registry.endpointOwner.unset(recordId(node, ENDPOINT_KIND, key));
  }

  hold(node: NodeName, state: Exclude<NodeState, 'self'>): void {
    this.states.set(node, state);
    this.registry.memberChanged(node);
  }

  /** The ids of those that get traffic. */
  offered(service: ServiceKey): string[] {
    return this.registry.offered(service).map(({ id }) => id);
  }

  /** Each endpoint's state, by id. */
  statesOf(service: ServiceKey): Record<string, string> {
    return Object.fromEntries(
      this.registry.endpointsOf(service).map(({ id, state }) => [id, state]),
    );
  }
}

/** A ready endpoint of `shop/web`. */
export const claimOn = (node: NodeName, over: Partial<EndpointClaim> = {}): EndpointClaim =>
  endpointClaim({ address: hostOf(node), ...over });

const recordOf = <Value>(
  writer: NodeName,
  kind: string,
  key: string,
  value: Value,
): HeldRecord<Value> => ({
  id: recordId(writer, kind, key),
  writer,
  key,
  value,
  sequence: { epoch: 1, boot: 1, n: 1 },
  publicKey: Uint8Array.of(Number(writer.slice(1))),
});
