/**
 * Waits until `condition` holds, looking again every few milliseconds; rejects after `deadlineMs`
 * with `what`. For what happens outside this process's control; use a FakeClock for the rest.
 */
export async function eventually(
  what: string,
  condition: () => boolean,
  deadlineMs = 45_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await Bun.sleep(5);
  }
}
