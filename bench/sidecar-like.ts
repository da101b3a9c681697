import type { DecisionProgram } from '../src/policy/index.ts';

const DECISIONS = 10_000_000;

/** How one process without the official engine fared with a program. */
export interface Fared {
  /** Of its first link, milliseconds. */
  readonly slicesMs: readonly number[];
  /**
   * What the runtime says it allocated between the collections of ten million permitted decisions, by decision.
   * Without any collection it is less than the first would have needed: 8 MiB, 0.8 bytes a decision.
   */
  readonly garbageBytes: number;
}

/** Links and decides in a process of its own, as a sidecar does. */
export async function inOwnProcess(
  program: DecisionProgram,
  requests: 'plain' | 'contextual',
): Promise<Fared> {
  const script = `${import.meta.dir}/deciding-child.ts`;
  const child = Bun.spawn([process.execPath, script, String(DECISIONS), requests], {
    env: { ...process.env, BUN_JSC_logGC: '1' },
    stdin: new Blob([JSON.stringify(program)]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [slices, log] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`the child failed:\n${log.slice(-2000)}`);
  const between = log.slice(log.indexOf('start of decisions'), log.indexOf('end of decisions'));
  const cycles = [...between.matchAll(/bytes allocated this cycle: (\d+)/g)];
  const bytes = cycles.reduce((sum, [, cycle]) => sum + Number(cycle), 0);
  return { slicesMs: JSON.parse(slices), garbageBytes: bytes / DECISIONS };
}
