import { fromBinary } from '@bufbuild/protobuf';
import { Client, type ClientReadableStream, credentials, Metadata } from '@grpc/grpc-js';
import { X509SVIDResponseSchema } from '../src/workload-api/proto/index.ts';

const asItIs = (bytes: Buffer): Buffer => bytes;
/** The socket holds 511 connections that nobody has accepted yet. */
const AT_ONCE = 100;
/** The last bytes of a leaf are of its signature: no two are alike. */
const SIGNATURE_BYTES = 24;
const LIMIT_MS = 60_000;

interface Push {
  readonly spiffeId: string;
  told: number;
  lastMs: number;
}

/** Programs that follow their X.509 identity, and when each was told of each certificate. */
export class StreamingClients {
  readonly #socket: string;
  readonly #clients: Client[] = [];
  readonly #streams: ClientReadableStream<Buffer>[] = [];
  /** By the signature of the leaf. */
  readonly #pushes = new Map<string, Push>();

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** How long each waited for its first message, milliseconds. */
  async connect(count: number): Promise<readonly number[]> {
    const waitedMs: number[] = [];
    for (let begun = 0; begun < count; begun += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - begun) }, () => this.#open());
      waitedMs.push(...(await Promise.all(some)));
    }
    return waitedMs;
  }

  /**
   * How long after each of the next `count` certificates was issued all had it, milliseconds. When that was
   * says the log of the node.
   */
  async rotations(count: number, log: () => string): Promise<readonly number[]> {
    const before = new Set(this.#pushes.keys());
    const whole = () =>
      [...this.#pushes].filter(
        ([leaf, { told }]) => !before.has(leaf) && told === this.#clients.length,
      );
    const endsAt = performance.now() + LIMIT_MS;
    while (whole().length < count && performance.now() < endsAt) await Bun.sleep(20);
    return whole().map(([_, push]) => push.lastMs - issuedAt(log(), push));
  }

  close(): void {
    for (const stream of this.#streams) stream.cancel();
    for (const client of this.#clients) client.close();
  }

  #open(): Promise<number> {
    const options = { 'grpc.use_local_subchannel_pool': 1 };
    const client = new Client(`unix://${this.#socket}`, credentials.createInsecure(), options);
    const header = new Metadata();
    header.set('workload.spiffe.io', 'true');
    const path = '/SpiffeWorkloadAPI/FetchX509SVID';
    const begunAt = performance.now();
    const empty = Buffer.alloc(0);
    const stream = client.makeServerStreamRequest(path, asItIs, asItIs, empty, header);
    this.#clients.push(client);
    this.#streams.push(stream);
    const seen = new Set<string>();
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', (bytes: Buffer) => {
        this.#take(bytes, seen);
        resolve(performance.now() - begunAt);
      });
    });
  }

  #take(bytes: Buffer, seen: Set<string>): void {
    const nowMs = Date.now();
    for (const { spiffeId, x509Svid } of fromBinary(X509SVIDResponseSchema, bytes).svids) {
      const leaf = Buffer.from(x509Svid.subarray(-SIGNATURE_BYTES)).toString('hex');
      if (seen.has(leaf)) continue;
      seen.add(leaf);
      const push = this.#pushes.get(leaf) ?? { spiffeId, told: 0, lastMs: 0 };
      push.told += 1;
      push.lastMs = nowMs;
      this.#pushes.set(leaf, push);
    }
  }
}

/** The last certificate of that identity that was issued before all had this one. */
function issuedAt(log: string, { spiffeId, lastMs }: Push): number {
  const times = log.split('\n').flatMap((line) => {
    if (!line.includes('"identity issued"') || !line.includes(spiffeId)) return [];
    const { time } = JSON.parse(line);
    const atMs = typeof time === 'number' ? time : Date.parse(time);
    return atMs <= lastMs ? [atMs] : [];
  });
  return Math.max(...times);
}
