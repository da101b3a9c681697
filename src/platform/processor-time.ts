/** Processor time that this thread has used so far, milliseconds: what a busy machine keeps it waiting is not in it. */
export function threadProcessorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
