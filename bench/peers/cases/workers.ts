import { cpuMicros } from '../../cpu-clock.ts';
import { startHttpBackend } from '../backends.ts';
import type { Case } from '../case.ts';
import { acceptedBy } from '../connection-shares.ts';
import type { ServingPair, Stage } from '../contender.ts';
import { FIRST, openIdle } from '../idle-connections.ts';
import { startOurs } from '../ours.ts';
import { type Entrant, medianRow, ratioRow, roundsOf, type Taken, takeTurns } from '../turns.ts';
import { PATHS, wrk } from '../wrk.ts';

const WARM_UP_SECONDS = 2;
const FEW = 32;
const MANY = 1_000;

export const workers: Case = {
  name: 'workers',
  about:
    'HTTP/1.1, two processes that share the ports of both sides, against one: CPU per request, and who accepts the connections',
  async run(stage, rounds) {
    const backendPort = await startHttpBackend(stage);
    const pairs: ServingPair[] = [];
    const entrants = [1, 2].map((count) => entrant(stage, backendPort, count, pairs));
    const { taken, failures } = await takeTurns(entrants, rounds);
    const [one, two] = taken;
    const pair = pairs[1];
    if (one === undefined || two === undefined || pair === undefined) {
      return { rows: [], failures, rounds: roundsOf(taken) };
    }
    const few = await shares(stage, pair, FEW, rounds);
    const many = await shares(stage, pair, MANY, rounds);
    const rows = [
      ...taken.map((each) => medianRow(each, 'µs')),
      { ...ratioRow('two against one', two, one), bar: 1.1, stretch: 1 },
      { ...medianRow(few, '%'), bar: 65 },
      { ...medianRow(many, '%'), bar: 65 },
    ];
    return { rows, failures, rounds: roundsOf([...taken, few, many]) };
  },
};

const entrant = (
  stage: Stage,
  backendPort: number,
  count: number,
  pairs: ServingPair[],
): Entrant => ({
  name: count === 1 ? 'one worker' : `${count} workers`,
  family: 'ours',
  async prepare() {
    const settings = { sides: 'together', workers: count } as const;
    const pair = await startOurs(stage, { speech: 'http', backendPort }, settings);
    stage.atEnd(() => pair.stop());
    const load = { port: pair.port, connection: 'keep', paths: PATHS } as const;
    await wrk(stage.processes, { ...load, seconds: WARM_UP_SECONDS });
    pairs.push(pair);
    return async () => {
      const before = cpuMicros(pair.pids);
      const { requests } = await wrk(stage.processes, { ...load, seconds: 1 });
      return (cpuMicros(pair.pids) - before) / requests;
    };
  },
});

/** Of the worker with the most, in percent, each time of as many new connections. */
async function shares(
  { processes }: Stage,
  { port, pids }: ServingPair,
  count: number,
  rounds: number,
): Promise<Taken> {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const client = await openIdle(processes, { port, count, first: FIRST.http });
    values.push((100 * Math.max(...acceptedBy(pids, port))) / count);
    await client.stop();
  }
  return { name: `the busier worker's share of ${count} connections`, family: 'ours', values };
}
