import { runHostTool } from '../host-tools.ts';
import { findProgram } from '../index.ts';
import { makeNamespace, removeNamespace } from '../named-namespaces.ts';
import type { NetworkNamespace } from '../network-namespace.ts';

/** Tests in network namespaces are skipped then, and say so in their names. */
export const CANNOT_MAKE_NAMESPACES =
  process.getuid?.() !== 0 || findProgram('ip') === undefined || findProgram('nft') === undefined;

export interface TestNamespace {
  readonly name: string;
  readonly namespace: NetworkNamespace;
  /** Replaces all rules in there. */
  rules(script: string): Promise<void>;
  remove(): Promise<void>;
}

let count = 0;

/** A namespace of this test run, in which every address leads to its own loopback interface. */
export async function startNamespace(): Promise<TestNamespace> {
  count += 1;
  const name = `selvage-test-${process.pid}-${count}`;
  const namespace = await makeNamespace(name);
  await runHostTool(
    'ip',
    ['route', 'add', 'local', 'default', 'dev', 'lo', 'src', '127.0.0.1'],
    namespace,
  );
  await runHostTool('ip', ['-6', 'route', 'add', 'local', 'default', 'dev', 'lo'], namespace);
  return {
    name,
    namespace,
    rules: async (script) => {
      await runHostTool('nft', [`flush ruleset; ${script}`], namespace);
    },
    remove: () => removeNamespace(name),
  };
}
