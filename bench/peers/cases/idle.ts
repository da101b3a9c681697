import { checkHttp } from '../answers.ts';
import { SMALL_BYTES, startHttpBackend } from '../backends.ts';
import type { Case } from '../case.ts';
import { type Contender, OURS, type Stage } from '../contender.ts';
import { contenders } from '../contenders.ts';
import { FIRST, openIdle } from '../idle-connections.ts';
import { openLoopP99 } from '../open-loop.ts';
import { type Entrant, medianRow, ratioRow, roundsOf, takeTurns } from '../turns.ts';
import { PATHS, wrk } from '../wrk.ts';

const IDLE = 10_000;
const LOADED = 100;
// All turns together must end before idle connections do, after 75 s.
const TURN_SECONDS = 1;

export const idle: Case = {
  name: 'idle',
  about: `HTTP/1.1, 1,000 requests/s at fixed moments on ${LOADED} connections, beside ${IDLE} idle ones and beside none: p99`,
  async run(stage, rounds) {
    const backendPort = await startHttpBackend(stage);
    const compared = contenders.filter(({ name }) => name === OURS || name === 'nginx');
    const entrants = compared.flatMap((contender) =>
      [0, IDLE].map((count) => entrant(stage, contender, backendPort, count)),
    );
    const { taken, failures } = await takeTurns(entrants, rounds);
    const ratios = compared.flatMap(({ family }) => {
      const [none, many] = taken.filter((each) => each.family === family);
      if (none === undefined || many === undefined) return [];
      const aim = family === 'ours' ? { bar: 1.2, stretch: 1 } : {};
      return [{ ...ratioRow(`${many.name}, against none`, many, none), ...aim }];
    });
    const medians = taken.map((each) => medianRow(each, 'ms'));
    return { rows: [...medians, ...ratios], failures, rounds: roundsOf(taken) };
  },
};

const entrant = (
  stage: Stage,
  contender: Contender,
  backendPort: number,
  count: number,
): Entrant => ({
  name: count === 0 ? contender.name : `${contender.name}, beside ${count} idle`,
  family: contender.family,
  async prepare() {
    const { port } = await contender.start(stage, { speech: 'http', backendPort });
    await checkHttp(port, '/api/items/0', SMALL_BYTES);
    const load = { port, seconds: contender.warmUpSeconds, connection: 'keep' } as const;
    await wrk(stage.processes, { ...load, paths: PATHS });
    const resting =
      count === 0 ? undefined : await openIdle(stage.processes, { port, count, first: FIRST.http });
    return async () => {
      const p99 = await openLoopP99(stage.processes, {
        port,
        connections: LOADED,
        seconds: TURN_SECONDS,
      });
      resting?.assertRunning();
      return p99;
    };
  },
});
