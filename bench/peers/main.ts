// Us beside the proxies that a person would pick instead: npm run bench -- peers
import { onSignals, signalExitCode } from '../../src/platform/index.ts';
import { optionsOrUsage } from '../options-or-usage.ts';
import { table } from '../rows.ts';
import type { Case, CaseResult } from './case.ts';
import { cases } from './cases/index.ts';
import { agreedCiphers } from './ciphers.ts';
import { isBusy, loadAverage, machine } from './machine.ts';
import { type PeersOptions, readOptions, USAGE } from './options.ts';
import { missing, versions } from './programs.ts';
import { onStage } from './staging.ts';

/** Runs the cases that `args` name; returns the exit code. */
export async function runPeers(args: readonly string[]): Promise<number> {
  // Debian keeps nginx and haproxy where other users than root do not look.
  process.env.PATH += ':/usr/sbin';
  // What was started ends with this process.
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => process.exit(signalExitCode(signal)));
  const known = cases.map(({ name }) => name);
  const usage = `${USAGE}\n  NAME: ${known.join(', ')}`;
  const options = optionsOrUsage(() => readOptions(args, known), usage);
  if (options === undefined) return 2;
  if (!(await isInstalled(options))) return 1;
  if (options.profile !== undefined) return printProfile(options.profile);
  const say = options.json ? () => undefined : console.log;
  const facts = { date: new Date().toISOString(), ...machine(), versions: await versions() };
  const ciphers = await onStage(agreedCiphers);
  say(preface(facts, ciphers));
  let failures = 0;
  for (const one of cases) {
    if (options.cases.length > 0 && !options.cases.includes(one.name)) continue;
    const loadBefore = loadAverage();
    if (isBusy(loadBefore))
      console.error(`the machine is busy: load ${loadBefore} before ${one.name}`);
    const result = await onStage((stage) => one.run(stage, options.rounds));
    failures += result.failures.length;
    const loads = { loadBefore, loadAfter: loadAverage() };
    if (options.json) {
      console.log(
        JSON.stringify({
          case: one.name,
          about: one.about,
          ...facts,
          ciphers,
          ...loads,
          ...result,
        }),
      );
    } else {
      say(report(one, loads, result));
    }
  }
  return failures === 0 ? 0 : 1;
}

async function printProfile(name: string): Promise<number> {
  const one = cases.find((each) => each.name === name);
  if (one?.profile === undefined) {
    console.error(`the case ${name} has no load of which a profile could be taken`);
    return 2;
  }
  console.log(await onStage(one.profile));
  return 0;
}

async function isInstalled({ install }: PeersOptions): Promise<boolean> {
  for (const command of missing()) {
    if (!install) {
      console.error('some of the programs are not installed; run this, or give --install as root:');
      for (const each of missing()) console.error(`  ${each.join(' ')}`);
      return false;
    }
    const child = Bun.spawn(command, { stdin: 'ignore', stdout: 2, stderr: 2 });
    if ((await child.exited) !== 0) return false;
  }
  return true;
}

function preface(
  facts: { date: string; cores: number; processor: string; kernel: string; versions: object },
  ciphers: Readonly<Record<string, string>>,
): string {
  const programs = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${facts.date}, ${facts.cores} cores (${facts.processor}), Linux ${facts.kernel}, load ${loadAverage()}`,
    programs.join(', '),
    `between the two proxies of each: ${[...new Set(Object.values(ciphers))].join(', ')}`,
  ].join('\n');
}

const report = (
  { name, about }: Case,
  { loadBefore, loadAfter }: { loadBefore: number; loadAfter: number },
  { rows, failures }: CaseResult,
): string =>
  [
    `\n${name}: ${about} (load ${loadBefore} before, ${loadAfter} after)\n\n${table(rows)}`,
    ...failures.map((text) => `FAILED ${text}`),
  ].join('\n');
