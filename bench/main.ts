// Measures what the project promises: npm run bench -- NAME [--json]
import { type Bench, type Row, table } from './rows.ts';

/** Each is loaded only when it is run, so that it measures itself alone. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  cut: async () => (await import('./cut.ts')).cutBench,
  gossip: async () => (await import('./gossip.ts')).gossipBench,
  issuance: async () => (await import('./issuance.ts')).issuanceBench,
  memory: async () => (await import('./memory.ts')).memoryBench,
  policy: async () => (await import('./policy.ts')).policyBench,
  pair: async () => (await import('./pair.ts')).pairBench,
  registry: async () => (await import('./registry.ts')).registryBench,
  snapshots: async () => (await import('./snapshots.ts')).snapshotsBench,
  start: async () => (await import('./start.ts')).startBench,
  verification: async () => (await import('./verification.ts')).verificationBench,
  'workload-api': async () => (await import('./workload-api.ts')).workloadApiBench,
};

const flags = process.argv.slice(2);
if (flags[0] === 'peers')
  process.exit(await (await import('./peers/main.ts')).runPeers(flags.slice(1)));
if (flags[0] === 'nodes')
  process.exit(await (await import('./nodes/main.ts')).runNodes(flags.slice(1)));
if (flags[0] === 'rollout')
  process.exit(await (await import('./rollout/main.ts')).runRollout(flags.slice(1)));

if (flags[0] === 'revocation')
  process.exit(await (await import('./revocation/main.ts')).runRevocation(flags.slice(1)));
if (flags[0] === 'rotation' || flags[0] === 'authorities')
  process.exit(await (await import('./identity/main.ts')).runIdentity(flags[0], flags.slice(1)));

const json = flags.includes('--json');
const names = flags.filter((flag) => !flag.startsWith('-'));
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
if (names.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`there is no benchmark named ${unknown.join(', ')}`);
  console.error(
    `usage: npm run bench -- NAME… [--json], or peers, nodes, rollout, revocation, rotation or authorities with their own flags\n  NAME: ${Object.keys(BENCHES).join(', ')}`,
  );
  process.exit(2);
}

const results: Record<string, readonly Row[]> = {};
for (const name of names) {
  const bench = await BENCHES[name]?.();
  if (bench === undefined) continue;
  results[name] = await bench.run();
  if (!json) console.log(`${name}: ${bench.about}\n\n${table(results[name])}`);
}
if (json) console.log(JSON.stringify(results, undefined, 2));
