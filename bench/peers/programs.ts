import { envoyInstallation, envoyProgram, hasEnvoy } from './envoy-program.ts';

/** What is measured against and with, where it comes from, and how each says its version. */
const PROGRAMS = [
  { name: 'nginx', debian: ['nginx', 'libnginx-mod-stream'], version: ['nginx', '-v'] },
  { name: 'haproxy', debian: ['haproxy'], version: ['haproxy', '-v'] },
  { name: 'wrk', debian: ['wrk'], version: ['wrk', '-v'] },
  { name: 'h2load', debian: ['nghttp2-client'], version: ['h2load', '--version'] },
  { name: 'openssl', debian: ['openssl'], version: ['openssl', 'version'] },
] as const;

/** On the path as it is now: the runtime's own search knows the one that it was started with. */
const isThere = (name: string): boolean =>
  Bun.which(name, { PATH: process.env.PATH ?? '' }) !== null;

/** Commands that install what this machine lacks; none when all is there. */
export function missing(): string[][] {
  const packages = PROGRAMS.filter(({ name }) => !isThere(name)).flatMap(({ debian }) => debian);
  return [
    ...(packages.length > 0 ? [['apt-get', 'install', '--yes', ...packages]] : []),
    ...(hasEnvoy() ? [] : envoyInstallation.map((command) => [...command])),
  ];
}

/** Ours by the commit, `-dirty` with what is not committed. */
export async function versions(): Promise<Record<string, string>> {
  const commands = [
    ...PROGRAMS.map(({ name, version }) => [name, version] as const),
    ['envoy', [envoyProgram, '--version']] as const,
  ];
  const said = commands.map(async ([name, command]) => [name, await versionOf(command)]);
  const selvage = await commit();
  return { selvage, bun: Bun.version, ...Object.fromEntries(await Promise.all(said)) };
}

async function commit(): Promise<string> {
  const command = ['git', '-C', import.meta.dir, 'describe', '--always', '--dirty'];
  const child = Bun.spawn(command, { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' });
  const said = (await new Response(child.stdout).text()).trim();
  return said === '' ? 'unknown' : said;
}

/** Some say it on standard error, wrk with a failure. */
async function versionOf(command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], {
    env: process.env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return /\d+\.\d+(\.\d+)?[-\w.+]*/.exec(out + err)?.[0] ?? 'unknown';
}
