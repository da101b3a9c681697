// Runs lint, types and all tests; the last line is their true count. Plain Node.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBun, root } from './bun.mjs';
import { countReport, fileTimes } from './test-report.mjs';

const tool = (name) => join(root, 'node_modules', '.bin', name);
const patterns = process.argv.slice(2);

/** For one test that says nothing else: a machine that is busy with others is slow, and not wrong. */
const TEST_LIMIT_MS = 60_000;
/** Of tests: while one waits for a mesh of processes, another computes. */
const FILES_AT_A_TIME = 2;
const FOLDERS = ['bench', 'sim', 'src', 'test'];
/** Files that take longer are listed at the end, so many at most. */
const SLOW_SECONDS = 10;
const SLOW_FILES = 25;

const counts = { passed: 0, failed: 0, skipped: 0 };
/** Names of what failed, printed again at the end. */
const failures = [];
/** The program that runs now, and the signal that ended all of this. */
let running;
let interruption;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interruption ??= signal;
    running?.kill(signal);
  });
}

/** Runs one program with its output passed through; did it succeed? After an interruption nothing is begun. */
async function run(name, command, args, environment = {}) {
  if (interruption !== undefined) return false;
  console.log(`\n== ${name}`);
  const env = { ...process.env, ...environment };
  running = spawn(command, args, { cwd: root, stdio: 'inherit', env });
  return await new Promise((resolve) => {
    running.once('error', (error) => {
      console.error(`${name} cannot be started: ${error.message}`);
      resolve(false);
    });
    running.once('exit', (code) => resolve(code === 0));
  });
}

function fail(what) {
  counts.failed += 1;
  failures.push(what);
}

/** A check that is one test: it passes whole or not at all. */
async function check(name, command, args) {
  if (await run(name, command, args)) counts.passed += 1;
  else fail(name);
}

const allTestFiles = () =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((path) => path.endsWith('.test.ts'))
      .map((path) => join(folder, path)),
  );

/** Adds what the report of the tests says, and what is missing in it. */
function judge(report, succeeded) {
  let xml;
  try {
    xml = readFileSync(report, 'utf8');
  } catch (error) {
    fail(`the report of the tests cannot be read: ${error.message}`);
    return;
  }
  const told = countReport(xml);
  for (const [kind, count] of Object.entries(told.counts)) counts[kind] += count;
  failures.push(...told.failures);
  const times = fileTimes(xml);
  sayWhatIsSlow(times);
  if (succeeded) return;
  // What does not load, or was to come after a crash of the runner, is no test case of the report.
  const ran = new Set(times.map(([file]) => file));
  const missing = patterns.length > 0 ? [] : allTestFiles().filter((file) => !ran.has(file));
  for (const file of missing) fail(`${file}: did not run, see above`);
  if (told.counts.failed + missing.length === 0)
    fail('bun test ended with an error outside of any test, see above');
}

function sayWhatIsSlow(times) {
  const slow = times.filter(([, seconds]) => seconds >= SLOW_SECONDS).slice(0, SLOW_FILES);
  if (slow.length > 0) console.log('\nslow:');
  for (const [file, seconds] of slow) console.log(`${seconds.toFixed(0).padStart(5)} s  ${file}`);
}

/** Ends what was left running: each process whose arguments or environment lead into this directory. */
function endAllOf(directory) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const about = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`));
      if (about.some((bytes) => bytes.includes(directory))) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended meanwhile, or is another user's, whom tests of this one do not start processes as.
    }
  }
}

async function runTests() {
  const directory = mkdtempSync(join(tmpdir(), 'selvage-tests-'));
  chmodSync(directory, 0o711); // a test may call a socket in it as another user
  const report = join(directory, 'report.xml');
  // One process keeps its modules for all files that it runs, as `bun test` does by itself.
  const how = [`--parallel=${FILES_AT_A_TIME}`, '--no-isolate', `--timeout=${TEST_LIMIT_MS}`];
  const args = ['test', ...how, '--reporter=junit', `--reporter-outfile=${report}`, ...patterns];
  // What tests leave in the place for temporary files goes with this directory.
  const succeeded = await run('tests', findBun() ?? tool('bun'), args, { TMPDIR: directory });
  endAllOf(directory);
  if (interruption === undefined) judge(report, succeeded);
  rmSync(directory, { recursive: true, force: true });
}

if (patterns.length === 0) {
  await check('lint and format', tool('biome'), ['check', '--error-on-warnings', '.']);
  await check('types', tool('tsc'), ['--noEmit']);
}
await runTests();

if (interruption !== undefined) {
  console.log(`\ninterrupted by ${interruption}`);
  process.exit(128 + constants.signals[interruption]);
}
if (failures.length > 0)
  console.log(`\nfailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
