import type { NodeName, ServiceKey, SpiffeId } from '../src/core/index.ts';
import { FakeClock, recordingLog } from '../src/ports/testing/index.ts';
import { type Endpoint, type EndpointClaim, Registry } from '../src/registry/index.ts';
import { nodeClaim, sampleTrust } from '../src/registry/testing/index.ts';

export const NODES = 1_000;
export const ENDPOINTS_OF_NODE = 10;
export const SERVICES = 100;

const SPIFFE_ID = 'spiffe://shop.example/ns/shop/sa/any' as SpiffeId; // well formed, as are the others
export const nodeName = (n: number) => `n${n}` as NodeName;
const hostOf = (n: number): string => `10.0.${n >> 8}.${n & 255}`;

/** Where an endpoint is: all in one service, or spread evenly over {@link SERVICES} of them. */
export type Spread = 'one service' | 'many services';
export const serviceName = (n: number) => `shop/s${n}` as ServiceKey;

export const fullTrust = {
  ...sampleTrust,
  services: Array.from({ length: SERVICES }, (_, n) => ({
    key: serviceName(n),
    protocol: 'http' as const,
    identities: [SPIFFE_ID],
    connectTimeoutMs: 1_000,
    requestTimeoutMs: 15_000,
  })),
  registrations: [
    { key: 'any', spiffeId: SPIFFE_ID, nodes: 'any' as const, selectors: { uid: 'node' as const } },
  ],
};

/** What record `n` of a node says, as it comes out of its decoder: nothing of it is shared. */
export const claimOf = (node: number, n: number, spread: Spread, ready = true): object =>
  JSON.parse(
    JSON.stringify({
      service: serviceName(
        spread === 'one service' ? 0 : (node * ENDPOINTS_OF_NODE + n) % SERVICES,
      ),
      spiffeId: SPIFFE_ID,
      address: hostOf(node),
      port: 40_000 + n,
      ready,
      draining: false,
      labels: { version: 'v1' },
      weight: 100,
      locality: 'eu/1',
    } satisfies EndpointClaim),
  );

/** A registry, and what a record store would do with it. */
export class FullRegistry {
  readonly dead = new Set<NodeName>();
  readonly clock = new FakeClock();
  readonly registry = new Registry({
    self: nodeName(0),
    trust: fullTrust,
    clock: this.clock,
    log: recordingLog(),
    stateOf: (name) => (this.dead.has(name) ? 'dead' : 'alive'),
    peerIdOf: (publicKey) => `id-${publicKey}`,
  });
  readonly #sequence = { epoch: 1, boot: 1, n: 1 };
  readonly #publicKey = new Uint8Array(32);

  readonly #keyOf: (n: number) => string;

  /**
   * @param like has read the very same claims: they are shared then
   * @param keyOf of a node's record `n`
   */
  constructor(
    spread: Spread,
    like?: FullRegistry,
    keyOf: (n: number) => string = (n) => `workload-${n}`,
  ) {
    this.#keyOf = keyOf;
    for (let node = 0; node < NODES; node++) this.#sayNode(node, like?.registry);
    for (const endpoint of like?.registry.endpoints() ?? []) this.#share(endpoint);
    if (like !== undefined) return;
    for (let node = 0; node < NODES; node++) {
      for (let n = 0; n < ENDPOINTS_OF_NODE; n++) this.say(node, n, claimOf(node, n, spread));
    }
  }

  #sayNode(n: number, like: Registry | undefined): void {
    const name = nodeName(n);
    const value = like?.node(name)?.claim ?? nodeClaim(name, hostOf(n));
    this.registry.nodeOwner.set({ ...this.#head(n, 'node', 'self'), value });
  }

  #share({ id, node: writer, claim: value }: Endpoint): void {
    const key = id.slice(id.lastIndexOf('/') + 1);
    const [sequence, publicKey] = [this.#sequence, this.#publicKey];
    this.registry.endpointOwner.set({ id, writer, key, sequence, publicKey, value });
  }

  say(node: number, n: number, claim: unknown): void {
    const read = this.registry.endpointOwner.read(claim, nodeName(node));
    if (!read.ok) throw new Error(read.error);
    const head = this.#head(node, 'endpoint', this.#keyOf(n));
    this.registry.endpointOwner.set({ ...head, value: read.value });
  }

  #head(node: number, kind: string, key: string) {
    const writer = nodeName(node);
    const id = `${writer}/${kind}/${key}`;
    return { id, writer, key, sequence: this.#sequence, publicKey: this.#publicKey };
  }
}
