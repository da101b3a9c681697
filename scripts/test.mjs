// Runs lint, types and all tests; the last line is their true count. Plain Node.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBun, root } from './bun.mjs';

const tool = (name) => join(root, 'node_modules', '.bin', name);
const patterns = process.argv.slice(2);

/** For one test that says nothing else: a machine that is busy with others is slow, and not wrong. */
const TEST_LIMIT_MS = 20_000;

const counts = { passed: 0, failed: 0, skipped: 0 };
/** Names of what failed, printed again at the end. */
const failures = [];

/** Runs one program with its output passed through; did it succeed? */
function run(name, command, args, environment = {}) {
  console.log(`\n== ${name}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (error !== undefined) console.error(`${name} cannot be started: ${error.message}`);
  return status === 0;
}

/** A check that is one test: it passes whole or not at all. */
function check(name, command, args) {
  if (run(name, command, args)) {
    counts.passed += 1;
  } else {
    counts.failed += 1;
    failures.push(name);
  }
}

const ENTITIES = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#10;': '\n',
  '&amp;': '&',
};
const unescapeXml = (text) =>
  text.replaceAll(/&(?:lt|gt|quot|apos|#39|#10|amp);/g, (all) => ENTITIES[all]);
const attribute = (tag, name) => unescapeXml(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

const indented = (text) => text.trim().replaceAll(/^(?=.)/gm, '      ');

/** Counts the test cases of a JUnit report: of those, not of what the runner says of itself. */
function countReport(xml) {
  for (const [, tag, body = ''] of xml.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    if (/<(failure|error)\b/.test(body)) {
      counts.failed += 1;
      const why = attribute(/<(?:failure|error)\b[^>]*>/.exec(body)[0], 'message');
      failures.push(`${attribute(tag, 'file')}: ${attribute(tag, 'name')}\n${indented(why)}`);
    } else if (/<skipped\b/.test(body)) {
      counts.skipped += 1;
    } else {
      counts.passed += 1;
    }
  }
}

function runTests() {
  const directory = mkdtempSync(join(tmpdir(), 'selvage-tests-'));
  chmodSync(directory, 0o711); // a test may call a socket in it as another user
  const report = join(directory, 'report.xml');
  const limit = `--timeout=${TEST_LIMIT_MS}`;
  const args = ['test', limit, '--reporter=junit', `--reporter-outfile=${report}`, ...patterns];
  const before = counts.failed;
  // What tests leave in the place for temporary files goes with this directory.
  const succeeded = run('tests', findBun() ?? tool('bun'), args, { TMPDIR: directory });
  try {
    countReport(readFileSync(report, 'utf8'));
  } catch (error) {
    console.error(`the test report cannot be read: ${error.message}`);
  }
  rmSync(directory, { recursive: true, force: true });
  // A file that does not load, or an error between tests, fails the run without a test case.
  if (!succeeded && counts.failed === before) {
    counts.failed += 1;
    failures.push('bun test ended with an error outside of any test, see above');
  }
}

if (patterns.length === 0) {
  check('lint and format', tool('biome'), ['check', '--error-on-warnings', '.']);
  check('types', tool('tsc'), ['--noEmit']);
}
runTests();

if (failures.length > 0)
  console.log(`\nfailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
console.log(`\n${counts.passed} passed, ${counts.failed} failed${skipped}`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
