import { expect } from 'bun:test';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { MeshOnDisk, type Outcome, PORTS } from './mesh-on-disk.ts';

export const mesh = new MeshOnDisk();
export const HOST = mesh.host(1);
export const OTHER_HOST = mesh.host(2);
export const path = (...parts: string[]) => mesh.path(...parts);
export const GOVERNOR = path('governor.key');
export const N1 = ['--data', path('n1')];
export const SOCKET = ['--socket', path('n1', 'workload.sock')];
export const SIGNED = ['--key', GOVERNOR, ...N1, '--yes'];
export const HELLO = new URL('../examples/hello', import.meta.url).pathname;

export const freshToken = async (...flags: string[]) =>
  (await mesh.must('token', 'create', ...N1, ...flags)).trim();

/** An error as a person sees it: its code, what happened, and what to try. */
export function expectRefusal(
  { code, out, errors }: Outcome,
  wanted: { exit: 2 | 3 | 4; code: string; says: string; remedy: string },
): void {
  expect(errors).toContain(`error[${wanted.code}]`);
  expect(errors).toContain(wanted.says);
  const [, remedy = ''] = errors.split('\n  try: ');
  expect(remedy).toContain(wanted.remedy);
  expect(errors).not.toMatch(/INTERNAL|\n {4}at /); // no stack: it is no fault of the program
  expect([code, out]).toEqual([wanted.exit, '']);
}

/** Runs what must leave everything in the directory as it was. */
export async function untouched(run: () => Promise<Outcome>): Promise<Outcome> {
  const before = readdirSync(mesh.directory).sort();
  const outcome = await run();
  expect(readdirSync(mesh.directory).sort()).toEqual(before);
  return outcome;
}

export const join = (token: string, name: string, ...flags: string[]) =>
  untouched(() => mesh.run('join', token, '--data', path(name), ...flags));
export const startNode = (name: string, ...flags: string[]) =>
  mesh.run('node', '--data', path(name), '--listen', OTHER_HOST, ...PORTS, ...flags);
export const apply = (file: string) => mesh.run('apply', '-f', file, ...SIGNED);
export const write = (name: string, text: string): string => {
  writeFileSync(path(name), text);
  return path(name);
};

/** A copy of n2's data directory, to be spoilt. */
export function copyOfN2(name: string): string {
  rmSync(path(name), { recursive: true, force: true });
  cpSync(path('n2'), path(name), { recursive: true, preserveTimestamps: true });
  for (const [part, mode] of Object.entries({ '': 0o711, keys: 0o700 }))
    chmodSync(path(name, part), mode);
  return name;
}

/** n1 runs and has the resources of examples/hello in force; n2 and another mesh's o1 lie on the disk. */
export async function openMesh(): Promise<void> {
  mkdirSync(path('run'), { recursive: true, mode: 0o700 }); // closed by the file of tests before this one
  const found = (name: string, domain: string, key: string) =>
    mesh.must(
      'init',
      '--trust-domain',
      domain,
      '--data',
      path(name),
      '--governor-key',
      key,
      '--no-passphrase',
    );
  await found('n1', 'bad.example', GOVERNOR);
  await found('o1', 'other.example', path('other.key'));
  await mesh.startNode('n1', HOST);
  await mesh.must('apply', '-f', HELLO, ...SIGNED);
  await mesh.must('join', await freshToken(), '--data', path('n2'));
}
