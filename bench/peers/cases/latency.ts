import { median, type Row } from '../../rows.ts';
import { checkHttp } from '../answers.ts';
import { SMALL_BYTES, startHttpBackend } from '../backends.ts';
import type { Case } from '../case.ts';
import { OURS, type Stage } from '../contender.ts';
import { contenders } from '../contenders.ts';
import { openLoopP99 } from '../open-loop.ts';
import { type Entrant, medianRow, roundsOf, type Taken, takeTurns } from '../turns.ts';
import { PATHS, wrk } from '../wrk.ts';

const CONNECTIONS = 32;
const TURN_SECONDS = 4;
const DIRECT = 'no proxy';

export const latency: Case = {
  name: 'latency',
  about:
    'HTTP/1.1, 1,000 requests/s at fixed moments on 32 connections: p99 from the moment a request was due',
  async run(stage, rounds) {
    const backendPort = await startHttpBackend(stage);
    const direct = entrant(stage, DIRECT, () => Promise.resolve(backendPort));
    const { taken, failures } = await takeTurns([direct, ...pairs(stage, backendPort)], rounds);
    const added = addedTo(taken, DIRECT);
    const rows = [
      ...taken.map((each) => medianRow(each, 'ms')),
      ...added.map((each) => medianRow({ ...each, name: `added by ${each.name}` }, 'ms')),
    ];
    const ratio = againstNginx(added);
    if (typeof ratio === 'string') failures.push(ratio);
    else rows.push(ratio);
    return { rows, failures, rounds: roundsOf(taken) };
  },
};

/** What each needs more than the one of that name, in each round. */
function addedTo(taken: readonly Taken[], name: string): Taken[] {
  const base = taken.find((each) => each.name === name);
  return taken
    .filter((each) => each !== base)
    .map((each) => ({
      ...each,
      values: each.values.map((value, round) => value - (base?.values[round] ?? Number.NaN)),
    }));
}

/** Of medians: a round in which nginx adds next to nothing would make a ratio of its own mean nothing. */
function againstNginx(added: readonly Taken[]): Row | string {
  const [ours = Number.NaN, nginx = Number.NaN] = [OURS, 'nginx'].map((name) =>
    median(added.find((each) => each.name === name)?.values ?? []),
  );
  if (!(ours > 0 && nginx > 0))
    return 'what is added cannot be told from noise, or one has no figures';
  return {
    what: 'added by ours against nginx',
    value: ours / nginx,
    unit: '×',
    bar: 1.2,
    stretch: 0.9,
  };
}

const pairs = (stage: Stage, backendPort: number): Entrant[] =>
  contenders
    .filter(({ speeches }) => speeches.includes('http'))
    .map((contender) => ({
      ...entrant(stage, contender.name, async () => {
        const { port } = await contender.start(stage, { speech: 'http', backendPort });
        const load = { port, seconds: contender.warmUpSeconds, connection: 'keep' } as const;
        await wrk(stage.processes, { ...load, paths: PATHS });
        return port;
      }),
      family: contender.family,
    }));

const entrant = (stage: Stage, name: string, start: () => Promise<number>): Entrant => ({
  name,
  family: 'none',
  async prepare() {
    const port = await start();
    await checkHttp(port, '/api/items/0', SMALL_BYTES);
    const load = { port, connections: CONNECTIONS, seconds: TURN_SECONDS };
    return () => openLoopP99(stage.processes, load);
  },
});
