import { runCommand } from './children.ts';

const TIMEOUT_MS = 5_000;

/** The numeric id of a user of this host, who may come from a directory service; a number is taken as it is. */
export async function findUserId(user: string): Promise<number | undefined> {
  if (/^\d{1,10}$/.test(user)) return Number(user);
  const { code, output } = await runCommand({
    command: ['id', '-u', '--', user],
    environment: process.env,
    directory: '/',
    timeoutMs: TIMEOUT_MS,
  });
  return code === 0 ? Number(output) : undefined;
}
