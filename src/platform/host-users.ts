import { runCommand } from './children.ts';

const TIMEOUT_MS = 5_000;

/** The numeric id of a user of this host, who may come from a directory service; a number is taken as it is. */
export async function findUserId(user: string): Promise<number | undefined> {
  return /^\d{1,10}$/.test(user) ? Number(user) : await ask('-u', user);
}

/** What to start so that `command` runs as that user with its groups (root); undefined when there is none. */
export async function commandAs(
  user: string,
  command: readonly string[],
): Promise<readonly string[] | undefined> {
  const [uid, gid] = await Promise.all([ask('-u', user), ask('-g', user)]);
  if (uid === undefined || gid === undefined) return undefined;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--', ...command];
}

/** By id(1), which asks whoever knows the host's users. */
async function ask(what: '-u' | '-g', user: string): Promise<number | undefined> {
  const { code, output } = await runCommand({
    command: ['id', what, '--', user],
    environment: process.env,
    directory: '/',
    timeoutMs: TIMEOUT_MS,
  });
  return code === 0 ? Number(output) : undefined;
}
