import { seededRandom } from '../src/ports/testing/index.ts';
import {
  deltaBetween,
  encodeMessage,
  ServiceViews,
  type Snapshot,
  snapshotDigest,
} from '../src/snapshot/index.ts';
import {
  claimOf,
  ENDPOINTS_OF_NODE,
  FullRegistry,
  NODES,
  type Spread,
  serviceName,
} from './full-registry.ts';
import { type Bench, median, type Row } from './rows.ts';
import { ToldSidecar } from './told-sidecar.ts';

const CHANGES_PER_SECOND = 100;
const SECONDS = 60;
/** Whole snapshots of 10,000 endpoints, ten a second, take so long that a few seconds say enough. */
const SECONDS_AS_BEFORE = 3;
const WARM_UP_SECONDS = 5;
const ROUNDS = 20;
const MOVED_PORT = 50_000;

export const snapshotsBench: Bench = {
  about: 'one sidecar of a node, 10,000 endpoints in the mesh, 100 of them change each second',
  async run() {
    const few = { spread: 'many services', calls: 3, change: 'readiness' } as const;
    const worst = { spread: 'one service', calls: 1, change: 'address' } as const;
    const full = { followsDeltas: true, seconds: SECONDS } as const;
    return [
      ...(await rowsOf('calls 3 of 100 services of 100', { ...few, ...full })),
      ...(await rowsOf('calls one of 10,000, where all change', { ...worst, ...full })),
      ...(await rowsOf('the same, told the whole each time', {
        ...worst,
        followsDeltas: false,
        seconds: SECONDS_AS_BEFORE,
      })),
    ];
  },
};

interface Scenario {
  readonly spread: Spread;
  /** How many services. */
  readonly calls: number;
  /** Becomes ready or not; or is at another port, of which there is more to tell. */
  readonly change: 'readiness' | 'address';
  readonly followsDeltas: boolean;
  readonly seconds: number;
}

async function rowsOf(name: string, scenario: Scenario): Promise<Row[]> {
  const { spread, calls, followsDeltas, seconds } = scenario;
  const full = new FullRegistry(spread, undefined, instanceOf);
  const services = Array.from({ length: calls }, (_, n) => serviceName(n));
  const parts = { full, views: new ServiceViews(), calls: services, followsDeltas };
  const start = Bun.nanoseconds();
  const sidecar = await ToldSidecar.attach(parts);
  const firstMicros = (Bun.nanoseconds() - start) / 1_000 - sidecar.micros.first;
  const changes = new Changes(full, scenario, sidecar);
  changes.run(WARM_UP_SECONDS);
  const before = { ...sidecar.bytes, micros: sidecar.micros.all, messages: sidecar.messages };
  const nodeMicros = changes.run(seconds);
  const count = seconds * CHANGES_PER_SECOND;
  if (sidecar.faults > 0) throw new Error('what the node told did not fit');
  const aim = followsDeltas ? ([20_000, 15_000] as const) : undefined;
  const rows = [
    row(`${name}: received`, (sidecar.bytes.all - before.all) / seconds, 'bytes a second', aim),
    row('… messages', (sidecar.messages - before.messages) / seconds, 'a second'),
    row('… time of the node, by the clock', nodeMicros / count, 'µs a change'),
    row(
      '… time of the sidecar, its data plane included',
      (sidecar.micros.all - before.micros) / count,
      'µs a change',
    ),
    row('… the first message', sidecar.bytes.first, 'bytes'),
    row('… time of the node for it', firstMicros, 'µs'),
    row('… time of the sidecar for it', sidecar.micros.first, 'µs'),
    ...(followsDeltas ? workerRows(sidecar.previous, sidecar.snapshot) : []),
  ];
  sidecar.stop();
  return rows;
}

/** Endpoints anywhere that change, evenly in time. */
class Changes {
  readonly #full: FullRegistry;
  readonly #scenario: Scenario;
  readonly #sidecar: ToldSidecar;
  readonly #random = seededRandom(7);
  /** Those that are not ready, or not where they were. */
  readonly #away = new Set<number>();

  constructor(full: FullRegistry, scenario: Scenario, sidecar: ToldSidecar) {
    this.#full = full;
    this.#scenario = scenario;
    this.#sidecar = sidecar;
    full.registry.onChange(({ services }) => sidecar.session.followEndpoints(services));
  }

  /** What following them took the node, microseconds: the registry's own work is not in it. */
  run(seconds: number): number {
    let nanos = 0;
    for (let n = 0; n < seconds * CHANGES_PER_SECOND; n += 1) {
      this.#change();
      const start = Bun.nanoseconds();
      this.#full.clock.advance(1_000 / CHANGES_PER_SECOND);
      nanos += Bun.nanoseconds() - start;
      this.#sidecar.take();
    }
    return nanos / 1_000;
  }

  #change(): void {
    const one = Math.floor(this.#random.fraction() * NODES * ENDPOINTS_OF_NODE);
    const isBack = this.#away.delete(one);
    if (!isBack) this.#away.add(one);
    const [node, n] = [Math.floor(one / ENDPOINTS_OF_NODE), one % ENDPOINTS_OF_NODE];
    const { spread, change } = this.#scenario;
    const port = MOVED_PORT + n;
    const moved = { ...claimOf(node, n, spread), ...(isBack ? {} : { port }) };
    this.#full.say(node, n, change === 'address' ? moved : claimOf(node, n, spread, isBack));
  }
}

/** What the sidecar does to tell a worker of its own, what the last message changed, and all of it. */
function workerRows(before: Snapshot | undefined, after: Snapshot | undefined): Row[] {
  if (before === undefined || after === undefined) return [];
  const delta = () =>
    encodeMessage({
      type: 'delta',
      delta: deltaBetween(before, after) ?? {},
      digest: snapshotDigest(after),
    });
  const whole = () => encodeMessage({ type: 'snapshot', snapshot: after });
  return [
    row('… time to tell a worker of one message’s changes', microsOf(delta), 'µs'),
    row('… and of all of it', microsOf(whole), 'µs'),
  ];
}

const microsOf = (act: () => unknown): number =>
  median(
    Array.from({ length: ROUNDS }, () => {
      const start = Bun.nanoseconds();
      act();
      return (Bun.nanoseconds() - start) / 1_000;
    }),
  );

/** As long as those that sidecars choose. */
const instanceOf = (n: number): string => `0123456789abcdef0123456${n}`;

const row = (what: string, value: number, unit: string, aim?: readonly [number, number]): Row => ({
  what,
  value,
  unit,
  ...(aim === undefined ? {} : { bar: aim[0], stretch: aim[1] }),
});
