import { cpuMicros } from '../cpu-clock.ts';
import type { Speech } from '../policy-set.ts';
import type { Row } from '../rows.ts';
import type { Case, CaseResult } from './case.ts';
import type { Contender, ServingPair, Stage } from './contender.ts';
import { contenders } from './contenders.ts';
import { type Aim, medianRow, ratioRow, type Taken } from './turns.ts';

/** How long one contender is loaded in one round, if its case does not say. */
const TURN_SECONDS = 1;
/** What a load leaves behind, collections of garbage for one, is its contender's too. */
const SETTLE_MS = 100;

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
  /** Loads a pair for some seconds and returns how much it carried. @throws when anything went wrong */
  load(stage: Stage, port: number, seconds: number): Promise<number>;
}

interface Entrant {
  readonly contender: Contender;
  readonly pair: ServingPair;
  readonly values: number[];
  failure?: string;
}

export const cpuCase = (definition: CpuCase): Case => ({
  name: definition.name,
  about: definition.about,
  run: (stage, rounds) => measure(definition, stage, rounds),
});

async function measure(definition: CpuCase, stage: Stage, rounds: number): Promise<CaseResult> {
  const { speech } = definition;
  const backendPort = await definition.backend(stage);
  const failures: string[] = [];
  const entrants: Entrant[] = [];
  const attempt = async (name: string, run: () => Promise<void>): Promise<boolean> => {
    try {
      await run();
      return true;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };
  for (const contender of contenders.filter(({ speeches }) => speeches.includes(speech))) {
    await attempt(contender.name, async () => {
      const pair = await contender.start(stage, { speech, backendPort });
      await definition.load(stage, pair.port, contender.warmUpSeconds);
      entrants.push({ contender, pair, values: [] });
    });
  }
  const failed = new Set<Entrant>();
  for (let round = 0; round < rounds; round += 1) {
    for (const entrant of entrants.filter((each) => !failed.has(each))) {
      const { contender, pair, values } = entrant;
      const turn = async (): Promise<void> => void values.push(await cost(definition, stage, pair));
      if (!(await attempt(contender.name, turn))) failed.add(entrant);
    }
  }
  const taken = entrants
    .filter((each) => !failed.has(each))
    .map(({ contender: { name, family }, values }) => ({ name, family, values }));
  return { rows: rowsOf(definition, taken), failures, rounds: roundsOf(taken) };
}

async function cost(
  definition: CpuCase,
  stage: Stage,
  { pids, port }: ServingPair,
): Promise<number> {
  const before = cpuMicros(pids);
  const units = await definition.load(stage, port, definition.turnSeconds ?? TURN_SECONDS);
  await Bun.sleep(SETTLE_MS);
  return (cpuMicros(pids) - before) / units / (definition.microsPerUnit ?? 1);
}

function rowsOf({ unit, aims }: CpuCase, taken: readonly Taken[]): Row[] {
  const [first] = taken.filter(({ family }) => family === 'ours');
  const ratios = aims.flatMap((aim) => (first && ratioRow(first, taken, aim)) ?? []);
  return [...taken.map((each) => medianRow(each, unit)), ...ratios];
}

const roundsOf = (taken: readonly Taken[]) =>
  Object.fromEntries(taken.map(({ name, values }) => [name, values]));
