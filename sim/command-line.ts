import { Command, InvalidArgumentError, Option } from 'commander';
import { SCENARIOS } from './scenario/named-scenarios.ts';
import { randomScenario } from './scenario/random-scenario.ts';
import type { NetworkPlan, Scenario } from './scenario/scenario.ts';

/** One run after another: of each seed, its scenario. */
export interface RunOrder {
  readonly seeds: readonly number[];
  readonly scenarioOf: (seed: number) => Scenario;
  /** What was written to change scenarios, to be written again for a replay. */
  readonly flags: readonly string[];
  readonly json: boolean;
}

/** Bad days of those who say what is in force, one of each seed. */
export interface TrustOrder {
  readonly seeds: readonly number[];
  /** How many nodes, where it was said. */
  readonly nodes?: number;
  readonly flags: readonly string[];
  readonly json: boolean;
}

export interface BarsOrder {
  /** Names of bars; all of them when none is given. */
  readonly names: readonly string[];
  /** Of bars over many seeds, where others than their own were asked for. */
  readonly seeds?: readonly number[];
  readonly json: boolean;
}

export type Order =
  | { readonly kind: 'run'; readonly run: RunOrder }
  | { readonly kind: 'trust'; readonly trust: TrustOrder }
  | { readonly kind: 'bars'; readonly bars: BarsOrder };

const MAX_NODES = 20_000;
/** A week. */
const MAX_MINUTES = 10_080;
const MAX_SEED = 2 ** 31 - 1;
const MAX_SEEDS = 10_000;
/** The swarm: scenarios drawn from their seeds. */
const SWARM = 'swarm';
/** Authorities and governors on a bad day, drawn from the seed. */
const TRUST = 'trust';

interface Flags {
  readonly scenario?: string;
  readonly nodes?: number;
  readonly minutes?: number;
  readonly seed?: number;
  readonly seeds?: readonly number[];
  readonly profile?: Scenario['profile'];
  readonly lifeguard: boolean;
  readonly loss?: number;
  readonly roundTrip?: number;
  readonly changes?: number;
  readonly json?: true;
}

/**
 * Reads what was written after `npm run sim --`.
 * @throws CommanderError with words for a person; with exit code 0 when help was asked for and printed
 */
export function readCommandLine(
  args: readonly string[],
  bars: readonly string[],
  write: (text: string) => void,
): Order {
  let order: Order | undefined;
  const program = new Command('npm run sim --')
    .description('Runs a whole mesh in one thread and virtual time, and tries to break it.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeOut: write, outputError: () => undefined })
    .helpCommand(false)
    .addHelpText('after', helpAfter(bars))
    .addOption(
      new Option('--scenario <name>', 'what happens; drawn from the seed for `swarm`').choices([
        ...Object.keys(SCENARIOS),
        SWARM,
        TRUST,
      ]),
    )
    .option('--nodes <n>', 'how many nodes', wholeFrom(2, MAX_NODES, 'number of nodes'))
    .option('--minutes <n>', 'of virtual time, before all must agree', minutesOf)
    .option('--seed <n>', 'all that is drawn is drawn from it (default: 1)', seedOf)
    .option('--seeds <from..to>', 'one run of each; a swarm if no scenario is named', seedsOf)
    .addOption(
      new Option('--profile <name>', 'of the failure detector').choices(['local', 'lan', 'wan']),
    )
    .option('--no-lifeguard', 'the failure detector without Lifeguard, to compare')
    .option('--loss <percent>', 'of all packets, such as 1%', percentOf)
    .option('--round-trip <ms>', 'between two nodes, such as 50ms', millisecondsOf)
    .option('--changes <n>', 'endpoints that change, a second', wholeFrom(0, 1_000, 'rate'))
    .option('--json', 'one JSON document a run, for programs')
    .allowExcessArguments() // refused here, in words
    .action((flags: Flags, { args: [command] }: Command) => {
      if (command !== undefined) throw unknownCommand(command);
      order =
        flags.scenario === TRUST
          ? { kind: 'trust', trust: trustOrder(flags, args) }
          : { kind: 'run', run: runOrder(flags, args) };
    });
  program
    .command('bars')
    .argument('[names...]', `of ${bars.join(', ')}; all when none is named`)
    .description('measures what the mesh promises, each beside its bar')
    .option('--json', 'one JSON document')
    .option('--seeds <from..to>', 'of bars over many seeds, others than their own')
    .action((names: readonly string[]) => {
      const json = args.includes('--json'); // wherever options stand, they are read above
      const { seeds } = program.opts<Flags>();
      order = {
        kind: 'bars',
        bars: {
          names: names.map((name) => knownBar(name, bars)),
          json,
          ...(seeds === undefined ? {} : { seeds }),
        },
      };
    });
  program.parse([...args], { from: 'user' });
  if (order === undefined) throw new Error('commander ran no action');
  return order;
}

function runOrder(flags: Flags, args: readonly string[]): RunOrder {
  const seeds = flags.seeds ?? [flags.seed ?? 1];
  const name = flags.scenario ?? (flags.seeds === undefined ? 'ordinary' : SWARM);
  const scenarioOf = (seed: number): Scenario =>
    changed(SCENARIOS[name]?.scenario ?? randomScenario(seed), flags);
  const kept = withoutSeeds(args);
  const named = kept.includes('--scenario') ? kept : ['--scenario', name, ...kept];
  return { seeds, scenarioOf, flags: named, json: flags.json === true };
}

function trustOrder({ seeds, seed, nodes, json }: Flags, args: readonly string[]): TrustOrder {
  return {
    seeds: seeds ?? [seed ?? 1],
    flags: withoutSeeds(args),
    json: json === true,
    ...(nodes === undefined ? {} : { nodes }),
  };
}

function changed(scenario: Scenario, flags: Flags): Scenario {
  const { nodes, minutes, profile, changes: changesPerSecond } = flags;
  const network: NetworkPlan = {
    ...scenario.network,
    ...(flags.loss === undefined ? {} : { loss: flags.loss }),
    ...(flags.roundTrip === undefined
      ? {}
      : { roundTripMs: flags.roundTrip, farRoundTripMs: flags.roundTrip }),
  };
  return {
    ...scenario,
    ...(nodes === undefined ? {} : { nodes }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(profile === undefined ? {} : { profile }),
    ...(changesPerSecond === undefined ? {} : { changesPerSecond }),
    lifeguard: scenario.lifeguard && flags.lifeguard,
    network,
  };
}

/** `--seed 7`, `--seeds=1..9` and `--json` left out: a replay names its own seed, for a person. */
const withoutSeeds = (args: readonly string[]): readonly string[] =>
  args.filter(
    (arg, i) => !/^--(seeds?(=|$)|json$)/.test(arg) && !/^--seeds?$/.test(args[i - 1] ?? ''),
  );

const unknownCommand = (name: string): InvalidArgumentError =>
  new InvalidArgumentError(`there is no command '${name}': write bars, or options alone.`);

function knownBar(name: string, bars: readonly string[]): string {
  if (bars.includes(name)) return name;
  throw new InvalidArgumentError(`there is no bar named '${name}': write ${bars.join(', ')}.`);
}

const wholeFrom = (least: number, most: number, what: string) => (text: string) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`'${text}' is no ${what}: write one from ${least} to ${most}.`);
};

const seedOf = wholeFrom(0, MAX_SEED, 'seed');

function seedsOf(text: string): readonly number[] {
  const [, from, to] = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text) ?? [];
  const [first, count] = [Number(from), Number(to) - Number(from) + 1];
  if (count >= 1 && count <= MAX_SEEDS) return Array.from({ length: count }, (_, i) => first + i);
  throw new InvalidArgumentError(`'${text}' is no range of seeds: write one such as 1..200.`);
}

function minutesOf(text: string): number {
  const minutes = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (minutes > 0 && minutes <= MAX_MINUTES) return minutes;
  throw new InvalidArgumentError(`'${text}' is no number of minutes: write one such as 10.`);
}

function percentOf(text: string): number {
  const percent = /^\d{1,2}(\.\d{1,3})?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  if (percent >= 0 && percent < 100) return percent / 100;
  throw new InvalidArgumentError(`'${text}' is no share: write one such as 1%.`);
}

function millisecondsOf(text: string): number {
  const ms = /^\d{1,5}ms$/.test(text) ? Number(text.slice(0, -2)) : Number.NaN;
  if (ms >= 0) return ms;
  throw new InvalidArgumentError(`'${text}' is no round trip: write one such as 50ms.`);
}

const helpAfter = (bars: readonly string[]): string => {
  const width = Math.max(...Object.keys(SCENARIOS).map((name) => name.length)) + 2;
  const scenarios = Object.entries(SCENARIOS).map(
    ([name, { about, scenario }]) =>
      `  ${name.padEnd(width)}${about} (${scenario.nodes} nodes, ${scenario.minutes} minutes)`,
  );
  return `
Scenarios:
${scenarios.join('\n')}
  ${SWARM.padEnd(width)}a small mesh with a bad day, drawn from the seed
  ${TRUST.padEnd(width)}authorities that publish apart, crash and lie, drawn from the seed

Bars: ${bars.join(', ')}

Examples:
  npm run sim -- --nodes 1000 --minutes 10 --seed 7
  npm run sim -- --scenario heal --nodes 200
  npm run sim -- --seeds 1..200
  npm run sim -- bars crash steady
  npm run sim -- bars trust --seeds 1..1000`;
};
