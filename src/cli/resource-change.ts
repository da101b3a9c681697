import type { Command } from 'commander';
import { DEFAULT_NAMESPACE, type Namespace, type TrustDomain } from '../core/index.ts';
import type { ResourceContext } from '../governance/index.ts';
import { collectText, parseNamespaceOption } from './arguments.ts';
import type { CliContext } from './context.ts';
import type { ChangeOptions } from './trust-change.ts';

export interface ResourceOptions extends ChangeOptions {
  readonly file: readonly string[];
  /** Typed, or the default. */
  readonly namespace: Namespace;
}

/** Gives a command the flags that name resources. */
export const addResourceOptions = (command: Command): Command =>
  command
    .requiredOption('-f, --file <path>', 'file or directory; may stand several times', collectText)
    .option(
      '-n, --namespace <name>',
      'for resources that name none; policies are about the whole mesh without it',
      parseNamespaceOption,
      DEFAULT_NAMESPACE,
    );

/** A policy is about a namespace only when one was typed: what is about the mesh should not get narrower by default. */
export function resourceContext(
  command: Command,
  { namespace }: Pick<ResourceOptions, 'namespace'>,
  trustDomain: TrustDomain,
): ResourceContext {
  const isTyped = command.getOptionValueSource('namespace') === 'cli';
  return { trustDomain, namespace, ...(isTyped ? { typedNamespace: namespace } : {}) };
}

/** Puts the resources of files in force, or proposes it: every mistake in them is said before anybody signs. */
export async function changeResources(
  context: CliContext,
  command: Command,
  options: ResourceOptions,
): Promise<void> {
  const { encodeTarget } = await import('../governance/index.ts');
  const { changeTrust } = await import('./trust-change.ts');
  const input = await import('./resource-files.ts');
  const { refuseFailingTests } = await import('./policy-tests/index.ts');
  const { refuseForeignNamespaces, warnOfUnknownNodes } = await import('./resource-checks.ts');
  const files = input.readResourceFiles(options.file);
  await changeTrust(context, options, async ({ inForce, client, signer }) => {
    const { trustDomain } = inForce;
    const placed = input.parseResourceFiles(files, resourceContext(command, options, trustDomain));
    const resources = placed.map(({ resource }) => resource);
    refuseForeignNamespaces(placed, inForce, signer);
    input.refuseBadPolicies(resources, files, inForce);
    refuseFailingTests(options.file, {
      trustDomain,
      settings: input.settingsAfter(resources, inForce),
    });
    await warnOfUnknownNodes(context.terminal, placed, client);
    return { put: resources.map((resource) => encodeTarget(resource, trustDomain)) };
  });
}
