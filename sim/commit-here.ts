import { hostProcess, runCommand } from '../src/platform/index.ts';

const GIT_TIMEOUT_MS = 5_000;

/** Of the source that runs, as far as git knows. */
export async function commitHere(): Promise<string> {
  const { directory, environment } = hostProcess();
  const command = ['git', 'rev-parse', '--short', 'HEAD'];
  const { output } = await runCommand({
    command,
    directory,
    environment,
    timeoutMs: GIT_TIMEOUT_MS,
  });
  return output.trim() || 'unknown';
}
