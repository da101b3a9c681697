import { quantile, type Row } from '../rows.ts';
import type { NodeProcess } from './node-processes.ts';
import { Onlooker } from './onlooker.ts';

/** Not counted: what runs for the first time is not compiled yet. */
const WARM_UPS = 20;
/** No port is announced twice, so that each change is known by its own. */
const FIRST_PORT = 20_000;
const CHANGE_TIMEOUT_MS = 60_000;
/** Between two changes: long against a change, and out of step with whatever beats in the nodes. */
const MAX_PAUSE_MS = 500;

/** One endpoint at a time moves, at one node after the other, and every node tells its sidecars. */
export async function measureSpreading(
  nodes: readonly NodeProcess[],
  changes: number,
): Promise<readonly Row[]> {
  const watch = new Watch(nodes.length);
  const onlookers = await Promise.all(
    nodes.map(({ dataDirectory, name }, at) =>
      Onlooker.attach(dataDirectory, name, (ports) => watch.seen(at, ports)),
    ),
  );
  const onAll: number[] = [];
  const onOne: number[] = [];
  for (let change = -WARM_UPS; change < changes; change += 1) {
    const port = FIRST_PORT + WARM_UPS + change;
    const startedMs = performance.now();
    onlookers.at(change % onlookers.length)?.announce(port);
    const delaysMs = (await watch.until(port)).map((atMs) => atMs - startedMs);
    if (change < 0) continue;
    onAll.push(Math.max(...delaysMs));
    onOne.push(...delaysMs);
    await Bun.sleep(Math.random() * MAX_PAUSE_MS);
  }
  for (const onlooker of onlookers) onlooker.close();
  const ms = { unit: 'ms' };
  return [
    { what: 'visible on one node, median', value: quantile(onOne, 0.5), ...ms },
    { what: 'visible on one node, p99', value: quantile(onOne, 0.99), ...ms },
    { what: 'visible on all, median', value: quantile(onAll, 0.5), ...ms },
    { what: 'visible on all, p99', value: quantile(onAll, 0.99), ...ms, bar: 500 },
    { what: 'visible on all, longest', value: Math.max(...onAll), ...ms },
  ];
}

/** When each of some nodes first showed a port. */
class Watch {
  readonly #count: number;
  #port = 0;
  #seenMs: (number | undefined)[] = [];
  #all = Promise.withResolvers<readonly number[]>();

  constructor(count: number) {
    this.#count = count;
  }

  seen(node: number, ports: ReadonlySet<number>): void {
    if (!ports.has(this.#port)) return;
    this.#seenMs[node] ??= performance.now();
    const times = this.#seenMs.filter((time) => time !== undefined);
    if (times.length === this.#count) this.#all.resolve(times);
  }

  async until(port: number): Promise<readonly number[]> {
    this.#port = port;
    this.#seenMs = [];
    this.#all = Promise.withResolvers();
    const late = setTimeout(() => {
      const blind = Array.from({ length: this.#count }, (_, at) => at).filter(
        (at) => this.#seenMs[at] === undefined,
      );
      this.#all.reject(
        new Error(`not seen within ${CHANGE_TIMEOUT_MS} ms: by ${blind.map((at) => `n${at + 1}`)}`),
      );
    }, CHANGE_TIMEOUT_MS);
    try {
      return await this.#all.promise;
    } finally {
      clearTimeout(late);
    }
  }
}
