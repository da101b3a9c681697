import { expect, test } from 'bun:test';
import { readCommandLine } from './command-line.ts';

const read = (...args: string[]) => readCommandLine(args, ['crash', 'steady'], () => undefined);
const refusal = (...args: string[]): string => {
  try {
    read(...args);
    return 'taken';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

function run(...args: string[]) {
  const order = read(...args);
  if (order.kind !== 'run') throw new Error('not a run');
  return order.run;
}

test('nodes, minutes and seed alone make an ordinary day of a mesh of that size', () => {
  const { seeds, scenarioOf, flags } = run('--nodes', '1000', '--minutes', '10', '--seed', '7');
  expect(seeds).toEqual([7]);
  expect(scenarioOf(7)).toMatchObject({ name: 'ordinary', nodes: 1_000, minutes: 10 });
  expect(flags).toEqual(['--scenario', 'ordinary', '--nodes', '1000', '--minutes', '10']);
});

test('several seeds are a swarm, each with a scenario of its own', () => {
  const { seeds, scenarioOf, flags } = run('--seeds', '3..5', '--json');
  expect(seeds).toEqual([3, 4, 5]);
  expect(scenarioOf(3)).toMatchObject({ name: 'swarm' });
  expect(scenarioOf(3)).toEqual(scenarioOf(3));
  expect(scenarioOf(3)).not.toEqual(scenarioOf(4));
  expect(flags).toEqual(['--scenario', 'swarm']);
});

test('a named scenario can be run with several seeds and other numbers', () => {
  const { scenarioOf, flags } = run(
    ...['--scenario', 'slow', '--seeds=1..10', '--no-lifeguard', '--loss', '2.5%'],
    ...['--round-trip', '10ms', '--profile', 'wan', '--changes', '3'],
  );
  expect(scenarioOf(1)).toMatchObject({
    name: 'slow',
    lifeguard: false,
    profile: 'wan',
    changesPerSecond: 3,
    network: { loss: 0.025, roundTripMs: 10, farRoundTripMs: 10 },
  });
  expect(flags.join(' ')).toBe(
    '--scenario slow --no-lifeguard --loss 2.5% --round-trip 10ms --profile wan --changes 3',
  );
});

test('bars are all of them, or those that are named', () => {
  expect(read('bars')).toEqual({ kind: 'bars', bars: { names: [], json: false } });
  expect(read('bars', 'crash', '--json')).toEqual({
    kind: 'bars',
    bars: { names: ['crash'], json: true },
  });
});

test('trust is a bad day of each seed, and its bar can be asked for more seeds than it has', () => {
  expect(read('--scenario', 'trust', '--seeds', '2..3', '--nodes', '30')).toEqual({
    kind: 'trust',
    trust: {
      seeds: [2, 3],
      nodes: 30,
      flags: ['--scenario', 'trust', '--nodes', '30'],
      json: false,
    },
  });
  expect(read('bars', 'crash', '--seeds', '1..2')).toEqual({
    kind: 'bars',
    bars: { names: ['crash'], seeds: [1, 2], json: false },
  });
});

test('mistakes are said with what would be right', () => {
  expect(refusal('--nodes', '0')).toContain("'0' is no number of nodes: write one from 2 to 20000");
  expect(refusal('--node', '5')).toContain('Did you mean --nodes?');
  expect(refusal('--scenario', 'crsh')).toContain('ordinary, spread, crash');
  expect(refusal('--seeds', '9..1')).toContain('write one such as 1..200');
  expect(refusal('--minutes', 'x')).toContain('write one such as 10');
  expect(refusal('--loss', '1')).toContain('write one such as 1%');
  expect(refusal('--round-trip', '50')).toContain('write one such as 50ms');
  expect(refusal('bars', 'none')).toContain('write crash, steady');
  expect(refusal('bras')).toContain("there is no command 'bras': write bars");
});

test('the help of bars names them, and what else it takes', () => {
  let help = '';
  const args = ['bars', '--help'];
  expect(() => readCommandLine(args, ['crash', 'heal'], (text) => (help += text))).toThrow();
  expect(help).toContain('of crash, heal; all when none is named');
  expect(help).toContain('--seeds <from..to>');
});

test('help shows every scenario, every bar and examples', () => {
  let help = '';
  expect(() => readCommandLine(['--help'], ['crash'], (text) => (help += text))).toThrow();
  for (const word of ['heal', 'swarm', 'Bars: crash', '--seeds 1..200', '--no-lifeguard']) {
    expect(help).toContain(word);
  }
});
