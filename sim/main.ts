import { CommanderError } from 'commander';
import { exitAfterOutput, hostProcess, processTerminal } from '../src/platform/index.ts';
import { MEASUREMENTS } from './bars/index.ts';
import { type Order, readCommandLine } from './command-line.ts';
import { runAll } from './run-all.ts';
import { runBars } from './run-bars.ts';
import { runTrustDays } from './run-trust-days.ts';

/** As shells know them. */
const EXIT_OK = 0;
const EXIT_BROKEN = 1;
const EXIT_USAGE = 2;

const terminal = processTerminal();
exitAfterOutput(await main(hostProcess().args));

/** Gives the exit code: 0 when all promises were kept. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const order = readCommandLine(args, Object.keys(MEASUREMENTS), terminal.write);
    return (await follow(order)) ? EXIT_OK : EXIT_BROKEN;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT_OK; // help was asked for, and printed
    const [what = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
    const remedy = hints.join(' ').replaceAll(/[()]/g, '') || 'npm run sim -- --help';
    terminal.writeError(`sim: ${what}\n  try: ${remedy}\n`);
    return EXIT_USAGE;
  }
}

/** Were all promises kept, and all bars reached? */
async function follow(order: Order): Promise<boolean> {
  if (order.kind === 'bars') return await runBars(order.bars, terminal);
  if (order.kind === 'trust') return await runTrustDays(order.trust, terminal);
  return await runAll(order.run, terminal);
}
