import { cpuMicros } from '../cpu-clock.ts';
import type { Speech } from '../policy-set.ts';
import type { Case } from './case.ts';
import type { Contender, ServingPair, Stage } from './contender.ts';
import { contenders } from './contenders.ts';
import { profileOf } from './profile.ts';
import { type Aim, aimRows, type Entrant, medianRow, roundsOf, takeTurns } from './turns.ts';

/** How long one contender is loaded in one round, if its case does not say. */
const TURN_SECONDS = 1;
/** What a load leaves behind, collections of garbage for one, is its contender's too. */
const SETTLE_MS = 100;
const PROFILE_SECONDS = 5;

/** CPU that a pair of proxies needs for one unit of a load, every contender in turn. */
export interface CpuCase {
  readonly name: string;
  readonly about: string;
  readonly speech: Speech;
  /** Of a figure: 'µs', of which `microsPerUnit` are one. */
  readonly unit: string;
  readonly microsPerUnit?: number;
  readonly turnSeconds?: number;
  readonly aims: readonly Aim[];
  /** Returns the application's port. */
  backend(stage: Stage): Promise<number>;
  /** Looks at one answer of a pair, whole. @throws when it is not as the backend gave it */
  check(port: number): Promise<void>;
  /** Loads a pair for some seconds and returns how much it carried. @throws when anything went wrong */
  load(stage: Stage, port: number, seconds: number): Promise<number>;
}

export const cpuCase = (definition: CpuCase): Case => ({
  name: definition.name,
  about: definition.about,
  async run(stage, rounds) {
    const { speech, unit, aims } = definition;
    const backendPort = await definition.backend(stage);
    const entrants = contenders
      .filter(({ speeches }) => speeches.includes(speech))
      .map((contender) => entrantOf(definition, contender, stage, backendPort));
    const { taken, failures } = await takeTurns(entrants, rounds);
    const medians = taken.map((each) => medianRow(each, unit));
    const ratios = aims.flatMap((aim) => aimRows(taken, aim));
    return { rows: [...medians, ...ratios], failures, rounds: roundsOf(taken) };
  },
  async profile(stage) {
    const backendPort = await definition.backend(stage);
    return profileOf(stage, { speech: definition.speech, backendPort }, (port) =>
      definition.load(stage, port, PROFILE_SECONDS),
    );
  },
});

const entrantOf = (
  definition: CpuCase,
  contender: Contender,
  stage: Stage,
  backendPort: number,
): Entrant => ({
  name: contender.name,
  family: contender.family,
  async prepare() {
    const pair = await contender.start(stage, { speech: definition.speech, backendPort });
    await definition.check(pair.port);
    await definition.load(stage, pair.port, contender.warmUpSeconds);
    return () => cost(definition, stage, pair);
  },
});

async function cost(
  { load, turnSeconds = TURN_SECONDS, microsPerUnit = 1 }: CpuCase,
  stage: Stage,
  { pids, port }: ServingPair,
): Promise<number> {
  const before = cpuMicros(pids);
  const units = await load(stage, port, turnSeconds);
  await Bun.sleep(SETTLE_MS);
  return (cpuMicros(pids) - before) / units / microsPerUnit;
}
