// Installs exactly what package-lock.json says, when that is not what node_modules holds already.
// Plain Node and no dependencies: this runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBun, root } from './bun.mjs';

const OLDEST_NODE = 20;
const modulesPath = join(root, 'node_modules');
const stampPath = join(modulesPath, '.selvage-setup');

/** What node_modules must have been made from: another lockfile or another kind of host is stale. */
function wantedStamp() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  return `${process.platform} ${process.arch} ${digest}\n`;
}

/** Everything that keeps the project from being set up here, with what to do about it. */
function fail(message, remedy) {
  console.error(`setup: ${message}\n  try: ${remedy}`);
  process.exit(1);
}

function install() {
  if (lstatSync(modulesPath, { throwIfNoEntry: false })?.isSymbolicLink()) {
    // npm would empty what it leads to, and another work tree may live on that.
    fail(
      `${modulesPath} is a link, and what it leads to is not what package-lock.json says`,
      'delete the link.',
    );
  }
  const started = Date.now();
  process.stderr.write('setup: installing dependencies … ');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (npm.error !== undefined) {
    process.stderr.write('failed\n');
    fail(`npm cannot be started: ${npm.error.message}`, 'install npm, which comes with Node.');
  }
  if (npm.status !== 0) {
    process.stderr.write(`failed\n${npm.stdout}${npm.stderr}`);
    fail('npm ci failed, see above', 'check the network and the npm registry, then run it again.');
  }
  process.stderr.write(`done in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

const major = Number(process.versions.node.split('.')[0]);
if (major < OLDEST_NODE) {
  fail(`Node ${process.versions.node} is too old`, `install Node ${OLDEST_NODE} or newer.`);
}
const stamp = wantedStamp();
if (!existsSync(stampPath) || readFileSync(stampPath, 'utf8') !== stamp) {
  install();
  if (findBun() === undefined) {
    fail(
      `the Bun that was installed does not start on ${process.platform} ${process.arch}`,
      'delete node_modules and run `npm run setup` again; Selvage runs on Linux with glibc, x64 or arm64.',
    );
  }
  writeFileSync(stampPath, stamp);
}
