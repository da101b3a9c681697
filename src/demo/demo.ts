import { SelvageError } from '../core/index.ts';
import { findProgram, processTerminal, realClock, stopSignal } from '../platform/index.ts';
import { CHECKS, type Check } from './checks/index.ts';
import { DemoError } from './errors.ts';
import { isFree } from './free-ports.ts';
import { createReport, type Report } from './report.ts';
import { Shop } from './shop.ts';
import { Stage } from './stage.ts';
import { tourFacts, tourLines } from './tour.ts';
import { aborted } from './waiting.ts';

export interface DemoOptions {
  /** Run the checks and end; else open the shop and stay until Ctrl-C. */
  readonly exit: boolean;
  /** Leave the directory with all state and logs behind. */
  readonly keep?: boolean;
  /** Numbers of the checks to run; all when left out. */
  readonly only?: readonly string[];
}

/** One of those at which services are called by name. */
const NAMED = { host: '127.80.0.1', port: 80 } as const;

const INTERRUPTED = 130; // as a shell says that Ctrl-C ended a program

/** The way to everything else: not counted when it succeeds. */
const OPENING = { number: 0, title: 'the shop opens' };

/**
 * Sets up three nodes and a small shop in a fresh directory, puts the mesh's promises to the proof or
 * lets a person try them, and takes everything down again. Returns the exit code.
 *
 * @throws DemoError DEMO_CHECK_UNKNOWN, DEMO_WAIT_EXPIRED when a process cannot be ended
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const checks = chooseChecks(options.only);
  const report = createReport(realClock, processTerminal().write);
  const interruption = stopSignal();
  const interrupted = aborted(interruption);
  const shop = new Shop(new Stage(), {
    expectedPorts: !options.exit,
    files: findProgram('python3') !== undefined,
    names: await isFree(NAMED.host, NAMED.port),
    progress: report.step,
  });
  if (!shop.hasFiles) report.skipped('the service files: there is no python3 on this host');
  const show = { shop, report, interruption };
  if (!shop.hasNames) {
    report.skipped(`names: this user may not listen on port ${NAMED.port}, or something has it`);
  }
  const play = options.exit ? runChecks(show, checks) : openForVisitors(show);
  await Promise.race([play, interrupted]);
  if (!options.exit && report.isGood()) await interrupted;
  if (interruption.aborted) report.line(''); // the terminal has written ^C
  const keep = options.keep === true || !report.isGood();
  await shop.close(keep);
  if (keep) report.line(`state and logs are kept in ${shop.stage.directory}`);
  if (interruption.aborted && options.exit) {
    report.line('demo: interrupted; nothing of it runs any more');
    return INTERRUPTED;
  }
  if (options.exit) report.total();
  else report.step('the shop is closed; nothing of it runs any more');
  return report.isGood() ? 0 : 1;
}

function chooseChecks(only: readonly string[] | undefined): readonly Check[] {
  if (only === undefined) return CHECKS;
  return only.map((text) => {
    const check = CHECKS.find(({ number }) => String(number) === text.trim());
    if (check !== undefined) return check;
    const known = CHECKS.map(({ number }) => number).join(', ');
    throw new DemoError('DEMO_CHECK_UNKNOWN', `there is no check '${text}'; there are ${known}`);
  });
}

interface Show {
  readonly shop: Shop;
  readonly report: Report;
  /** What fails once this is given fails for that reason: nobody needs to hear of it. */
  readonly interruption: AbortSignal;
}

async function runChecks(show: Show, checks: readonly Check[]): Promise<void> {
  const { shop, report, interruption } = show;
  if (!(await openShop(show))) return;
  for (const check of checks) {
    if (check.needsNames === true && !shop.hasNames) continue;
    if (interruption.aborted) return;
    await check.run(shop).then(
      (facts) => report.passed(check, facts),
      (error: unknown) => blame(show, check, error),
    );
  }
  report.step('all checks are done');
}

async function openForVisitors(show: Show): Promise<void> {
  const { shop, report } = show;
  if (await openShop(show)) for (const line of tourLines(tourFacts(shop))) report.line(line);
}

/** Whether the shop is open now. */
async function openShop(show: Show): Promise<boolean> {
  try {
    await show.shop.open();
    return !show.interruption.aborted;
  } catch (error) {
    blame(show, OPENING, error);
    return false;
  }
}

function blame({ report, interruption }: Show, what: typeof OPENING, error: unknown): void {
  if (!interruption.aborted) report.failed(what, describe(error));
}

/** What a person needs of an error: its words; of one that nobody foresaw, its place as well. */
function describe(error: unknown): string {
  if (error instanceof SelvageError) return `${error.message} [${error.code}]`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
