import { formatDuration } from '../src/core/index.ts';
import type { Limit } from './limits-in-code.ts';

/** The reference page of all limits, in Markdown. */
export function limitReference(limits: readonly Limit[]): string {
  const rooms = Map.groupBy(limits, ({ file }) => file.split('/')[1] ?? '');
  const tables = [...rooms].map(
    ([room, own]) => `## ${room}

| limit | value | why | set in |
|---|---|---|---|
${own.map(rowOf).join('\n')}
`,
  );
  return `# Limits

What the program bounds, so that no peer, client or file can make it hold or wait without end, by
room. They are constants of the code; none of them is a setting. What
governors and configuration may set stands in [resources.md](resources.md) and
[configuration.md](configuration.md).

What the program must reach, and the command that measures each; the figures stand in
[benchmarks.md](../benchmarks.md):

| bar | command |
|---|---|
| an authority signs 556 SVIDs a second and core, from the request over libp2p to its answer | \`npm run bench -- issuance\` |
| a decision among 1,000 policies: median 1 µs, p99 5 µs, 0 bytes of garbage; among 10,000: 1.5 times the median at most | \`npm run bench -- policy\` |
| 1,000 policies compiled in 500 ms, linked in 50 ms without a stall over 2 ms | \`npm run bench -- policy\` |
| CPU of a request through two sidecars with 1,000 policies: 1.05 times that with one | \`npm run bench -- pair\` |
| a live connection that lost its permission closed 1 s after \`selvage apply\` began, p99 | \`npm run bench -- cut\` |
| an idle sidecar: 60 MiB resident | \`npm run bench -- memory\` |
| a lookup in a registry of 10,000 endpoints: median and p99 1 µs, 0 bytes of garbage | \`npm run bench -- registry\` |
| 10,000 endpoints, 100 changes a second: a sidecar receives 20 KB a second, whether it calls 3 services of 100 endpoints, or one of 10,000 in which all the changes are | \`npm run bench -- snapshots\` |
| 30 nodes on one machine of two cores: a change visible on all of them 500 ms, p99; at rest 1 % of a core and 120 MB each | \`npm run bench -- nodes\` |
| 30 nodes, each with a sidecar, on one machine of two cores: a change of a policy enforced by all of them 2 s after it was handed to an authority, p99 | \`npm run bench -- rollout\` |
| every SVID of a small mesh renewed under load, lives of 20 s, 5 minutes, and an authority's keys in the middle: 0 failed requests | \`npm run bench -- rotation\` |
| 2 of 3 authorities killed for 10 minutes, lives of 60 s: 0 failed requests, and a node joins | \`npm run bench -- authorities\` |
| 30 nodes on one machine of two cores: live connections cut 1 s after a revocation was ordered, p99 | \`npm run bench -- revocation\` |
| 1,000 clients of one Workload API: a rotation pushed to all of them in 2 s | \`npm run bench -- workload-api\` |
| a workload that was not there: its first byte served 300 ms after \`selvage run\` began | \`npm run bench -- start\` |

What a mesh must reach as the simulator runs it (profile \`lan\`, 50 ms round trip, 1 % loss), with the command behind
each figure; what it checks meanwhile stands in [robustness.md](robustness.md). Measured on 2026-11-21 with Bun 1.4.4 on two
shared cores; wall times with little else going on:

| bar | stretch | measured | command |
|---|---|---|---|
| a change seen on all of 1,000 nodes, p99: 1 s | 400 ms | 125 ms | \`npm run sim -- bars spread\` |
| a crash confirmed on all of 1,000 nodes, p99: 8 s | 4 s | 4.93 s | \`npm run sim -- bars crash\` |
| traffic of a node among 1,000 at rest: 2 KB/s | 1 KB/s | 878 bytes/s | \`npm run sim -- bars steady\` |
| false deaths in 24 h of 100 healthy nodes: 0 | 0 | 0 | \`npm run sim -- bars healthy\` |
| false deaths of healthy members beside 10 % slow ones, 10 seeds: 50 times fewer with Lifeguard | 100 times | at most 1 with, 12,215 without | \`npm run sim -- bars slow\` |
| healthy members of 1,000 that lose their endpoints to 5 % accusers: 0 | 0 | 0 | \`npm run sim -- bars accusers\` |
| one digest after 500 and 500 nodes were apart for 10 minutes: 30 s | 10 s | 3.25 s | \`npm run sim -- bars heal\` |
| 1,000 nodes, 10 virtual minutes, on one core: 30 s | 10 s | 15.5 to 16.6 s, in four runs; 19.9 s where the runtime’s own threads share the core (\`taskset -c 0\`) | \`npm run sim -- bars speed\` |
| 10,000 nodes, 2 virtual minutes: 5 min and 8 GB | 1 min, 4 GB | 98 s and 6.2 GB | \`npm run sim -- bars large\` |
| 200 nodes, 3 authorities that publish at once under partition, crash and lie, 100 seeds: one set everywhere, 0 splits | 1,000 seeds | 100 of 100; 1,000 not run: some 45 minutes of a core | \`npm run sim -- bars trust\`; \`npm run sim -- bars trust --seeds 1..1000\` |
| … from the last fault to one set on all that hear each other, the slowest of 100 seeds: 60 s | 30 s | 23 s | the same |
| … and on a node that was cut off through it all, from when it was back: 60 s | 10 s | 4.25 s | the same |

${tables.join('\n')}`;
}

function rowOf({ name, value, reason, file }: Limit): string {
  const why = reason.replaceAll(/\{@link (\w+)\}/g, '$1').replaceAll('|', '\\|');
  return `| \`${name}\` | ${withUnit(name, value)} | ${why} | \`${file.replace('src/', '')}\` |`;
}

const KIB = 1_024;

function withUnit(name: string, value: number): string {
  if (/_MS\b/.test(name)) return formatDuration(value);
  if (!/bytes/i.test(name)) return value.toLocaleString('en-US');
  if (value % (KIB * KIB) === 0) return `${value / (KIB * KIB)} MiB`;
  return value % KIB === 0 ? `${value / KIB} KiB` : `${value.toLocaleString('en-US')} B`;
}
