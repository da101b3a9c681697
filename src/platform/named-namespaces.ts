import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHostTool } from './host-tools.ts';
import { NAMESPACE_DIRECTORY, NetworkNamespace } from './network-namespace.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * Makes a network namespace of this name, with nothing but its own loopback interface: there is no way out of it.
 *
 * @throws PlatformError TOOL_MISSING, TOOL_FAILED, ROOT_NEEDED
 */
export async function makeNamespace(name: string): Promise<NetworkNamespace> {
  await runHostTool('ip', ['netns', 'add', name]);
  const namespace = NetworkNamespace.open(name);
  await runHostTool('ip', ['link', 'set', 'lo', 'up'], namespace);
  return namespace;
}

/**
 * Takes the name away, and its files; the namespace ends with the last process in it.
 *
 * @throws PlatformError as above
 */
export async function removeNamespace(name: string): Promise<void> {
  rmSync(namespaceFiles(name), { recursive: true, force: true });
  try {
    await runHostTool('ip', ['netns', 'delete', name]);
  } catch (error) {
    if (listNamespaces().includes(name)) throw error; // else somebody was faster
  }
}

/**
 * Leaves files, by name, that programs in there are to find in `/etc` in the place of the host's. Returns the
 * directory where they are, which ends with the host's run at the latest.
 */
export function writeNamespaceFiles(name: string, files: Readonly<Record<string, string>>): string {
  const directory = namespaceFiles(name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(directory, file), text, { mode: 0o644 });
  }
  return directory;
}

const namespaceFiles = (name: string): string => join('/run/selvage', name);

/** The names of all but this process's own. */
export function listNamespaces(): string[] {
  const own = statSync('/proc/self/ns/net');
  const isOther = (name: string) => {
    const { dev, ino } = statSync(join(NAMESPACE_DIRECTORY, name));
    return dev === own.dev && ino !== own.ino; // a name whose namespace is gone is a plain file
  };
  try {
    return readdirSync(NAMESPACE_DIRECTORY).filter(isOther);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []; // nobody ever made one
    throw error;
  }
}
