const START = 'start of measurement';
const END = 'end of measurement';

/**
 * Runs `measured` in a child that the runtime logs its collections of; see {@link garbageIn}. What was
 * allocated before counts for nothing.
 */
export function betweenMarks(measured: () => void): void {
  Bun.gc(true);
  console.error(START);
  measured();
  console.error(END);
}

/**
 * Starts a script that calls {@link betweenMarks}, and returns what it wrote to standard output, and what the
 * runtime says it allocated between the collections of the measurement, bytes.
 */
export async function garbageIn(
  script: string,
  args: readonly string[],
  input = '',
): Promise<{ readonly output: string; readonly bytes: number }> {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/${script}`, ...args], {
    env: { ...process.env, BUN_JSC_logGC: '1' },
    stdin: new Blob([input]),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [output, log] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`the child failed:\n${log.slice(-2000)}`);
  const [start, end] = [log.indexOf(START), log.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`the child measured nothing:\n${log.slice(-2000)}`);
  const between = log.slice(start, end);
  const cycles = between.matchAll(/bytes allocated this cycle: (\d+)/g);
  return { output, bytes: [...cycles].reduce((sum, [, cycle]) => sum + Number(cycle), 0) };
}
