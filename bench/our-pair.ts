import { readFileSync } from 'node:fs';
import type { NodeName, ServiceKey, ServiceProtocol, SpiffeId } from '../src/core/index.ts';
import {
  createAuthorityCertificate,
  generatePrivateKey,
  type Issuer,
  issueSvid,
  openIssuer,
  privateKeyToPem,
  publicKeyOf,
} from '../src/crypto/index.ts';
import { cedarWasm, realRandom } from '../src/platform/index.ts';
import {
  compilePolicies,
  type DecisionProgram,
  loadCedar,
  type PolicySource,
} from '../src/policy/index.ts';
import type { WorkloadIdentity } from '../src/proxy/index.ts';
import type { Snapshot } from '../src/snapshot/index.ts';
import { trustDomain } from './policy-set.ts';

const HOUR_MS = 3_600_000;
const NODE = 'n1' as NodeName;
const CATALOG = 'shop/catalog' as ServiceKey;

/** What one data plane is to do: with a target it is the side in front of an application, without one the caller's. */
export interface PlaneOrder {
  /** 0: any free one. It is shared with the other workers. */
  readonly port: number;
  readonly identity: WorkloadIdentity;
  readonly snapshot: Snapshot;
  readonly service: ServiceKey;
  readonly targetPort?: number;
}

export interface OurPairOptions {
  readonly protocol: ServiceProtocol;
  readonly policies: readonly PolicySource[];
  readonly backendPort: number;
  /** One process carries both sides, as one nginx does; or each has its own, as in life. */
  readonly sides: 'together' | 'apart';
  /** Processes of each side, or of both; 1 if nothing is said. */
  readonly workers?: number;
  /** Where its log goes; standard error, if nothing is said. */
  readonly logPath?: string;
  /** Added to the runtime's arguments. */
  readonly runtimeFlags?: readonly string[];
  /** Stands between the two sides, if anything does: gets the inbound port, returns the one to be dialled. */
  readonly between?: (inboundPort: number) => number;
}

export interface OurPair {
  readonly pids: readonly number[];
  /** Of the caller's side, where the load goes. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Both sides of 'shop/frontend' calling 'shop/catalog', with the real data plane and an authority made for them. */
export async function startOurPair(options: OurPairOptions): Promise<OurPair> {
  const { protocol, backendPort, between = (port: number) => port } = options;
  const program = JSON.stringify(compiled(options.policies));
  const issuer = await startAuthority();
  const start = (): PlaneProcess[] =>
    Array.from({ length: options.workers ?? 1 }, () => new PlaneProcess(program, options));
  const callees = start();
  const callers = options.sides === 'together' ? callees : start();
  const order = async (account: string, inboundPort: number): Promise<PlaneOrder> => ({
    port: 0,
    identity: await identityOf(issuer, account),
    snapshot: snapshotOf(issuer, protocol, inboundPort),
    service: CATALOG,
  });
  const targetPort = backendPort;
  const inboundPort = await openAll(callees, { ...(await order('catalog', 0)), targetPort });
  const port = await openAll(callers, await order('frontend', between(inboundPort)));
  const all = [...new Set([...callees, ...callers])];
  return {
    pids: all.map(({ pid }) => pid),
    port,
    stop: async () => void (await Promise.all(all.map((process) => process.stop()))),
  };
}

/** All on the port that the first one gets. */
async function openAll(workers: readonly PlaneProcess[], order: PlaneOrder): Promise<number> {
  let { port } = order;
  for (const worker of workers) port = await worker.open({ ...order, port });
  return port;
}

function compiled(policies: readonly PolicySource[]): DecisionProgram {
  const result = compilePolicies({ cedar: loadCedar(cedarWasm()), policies });
  if (!result.ok) throw new Error(result.error[0]?.message);
  return result.value.program;
}

/** A process of `plane-child.ts`: it ends when this one does, because its input ends then. */
class PlaneProcess {
  readonly #child;
  readonly #answers: AsyncIterator<Uint8Array>;
  readonly #logPath: string | undefined;

  constructor(program: string, { runtimeFlags = [], logPath }: OurPairOptions) {
    this.#logPath = logPath;
    const script = `${import.meta.dir}/plane-child.ts`;
    this.#child = Bun.spawn([process.execPath, ...runtimeFlags, script], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: logPath === undefined ? 'inherit' : Bun.file(logPath),
    });
    this.#answers = this.#child.stdout[Symbol.asyncIterator]();
    this.#child.stdin.write(`${program}\n`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Returns the port; one order at a time, so that each answer comes as one chunk. */
  async open(order: PlaneOrder): Promise<number> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    await this.#child.stdin.flush();
    const { done, value } = await this.#answers.next();
    if (done === true) throw new Error(`the data plane did not start: ${this.#log()}`);
    return Number(new TextDecoder().decode(value));
  }

  #log(): string {
    return this.#logPath === undefined ? 'see above' : readFileSync(this.#logPath, 'utf8');
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#child.exited;
  }
}

const idOf = (account: string) => `spiffe://${trustDomain}/ns/shop/sa/${account}` as SpiffeId;

async function startAuthority(): Promise<Issuer> {
  const key = generatePrivateKey('p256');
  const life = { now: Date.now(), lifeMs: HOUR_MS, random: realRandom };
  const made = createAuthorityCertificate({ key, trustDomain, node: NODE, ...life });
  return openIssuer(trustDomain, key, made);
}

async function identityOf(issuer: Issuer, account: string): Promise<WorkloadIdentity> {
  const key = generatePrivateKey('p256');
  const [spiffeId, publicKey] = [idOf(account), publicKeyOf(key)];
  const life = { now: Date.now(), lifeMs: HOUR_MS, random: realRandom };
  const issued = issueSvid({ issuer, publicKey, spiffeId, ...life });
  return {
    spiffeId,
    certificateChainPem: issued.pem,
    privateKeyPem: privateKeyToPem(key),
    notAfterMs: issued.notAfter,
  };
}

const snapshotOf = (issuer: Issuer, protocol: ServiceProtocol, port: number): Snapshot => ({
  trustDomain,
  node: NODE,
  trustVersion: 1,
  trustDigest: '',
  bundle: [{ pem: issuer.pem, namespaces: 'any' }],
  policyDigest: '',
  policyHeaders: [],
  authentications: [],
  services: [
    {
      key: CATALOG,
      protocol,
      identities: [idOf('catalog')],
      connectTimeoutMs: 1_000,
      requestTimeoutMs: 15_000,
      endpoints: [{ id: 'n1/a', node: NODE, address: '127.0.0.1', port, labels: {} }],
    },
  ],
});
