import { readdirSync, statSync } from 'node:fs';
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

/** Takes the name away; the namespace ends with the last process in it. @throws PlatformError as above */
export async function removeNamespace(name: string): Promise<void> {
  await runHostTool('ip', ['netns', 'delete', name]);
}

/** The names that there are now. */
export function listNamespaces(): string[] {
  const { dev } = statSync('/proc/self/ns/net');
  // A name whose namespace is gone is a plain file.
  const isMounted = (name: string) => statSync(join(NAMESPACE_DIRECTORY, name)).dev === dev;
  try {
    return readdirSync(NAMESPACE_DIRECTORY).filter(isMounted);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []; // nobody ever made one
    throw error;
  }
}
