import { Argument, type Command } from 'commander';
import {
  closest,
  DEFAULT_NAMESPACE,
  type Namespace,
  parseServiceKey,
  type ServiceKey,
} from '../../core/index.ts';
import type { PolicyFile, Resource, TrustSet } from '../../governance/index.ts';
import { collectText, parseNamespaceOption } from '../arguments.ts';
import { formsOf } from '../command-line-error.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { resourceContext } from '../resource-change.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

interface DeleteOptions extends ChangeOptions {
  readonly file?: readonly string[];
  readonly namespace: Namespace;
}

const KINDS = ['service', 'registration', 'authentication', 'policy', 'revocation'] as const;
type Kind = (typeof KINDS)[number];
const NAMESPACED: ReadonlySet<Kind> = new Set(['service', 'registration']);

export function addDelete(program: Command, context: CliContext): void {
  const command = program
    .command('delete')
    .description(
      'take services, registrations, authentications, policies and revocations out of force, or propose it',
    )
    .addArgument(new Argument('[kind]', 'what to take out').choices(KINDS))
    .argument('[name]', 'its name, as `selvage get` and `apply` show it')
    .option('-f, --file <path>', 'what stands in this file or directory instead', collectText)
    .option(
      '-n, --namespace <name>',
      'for names without one',
      parseNamespaceOption,
      DEFAULT_NAMESPACE,
    );
  addExamples(command, [
    ['selvage delete service web --key ./governor.key', 'one service, by its name'],
    ['selvage delete -f examples/hello/ --key ./governor.key', 'all that a directory put in force'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(
    async (kind: Kind | undefined, name: string | undefined, options: DeleteOptions) => {
      const { targetPath } = await import('../../governance/index.ts');
      const { changeTrust } = await import('../trust-change.ts');
      const select = await selection(command, kind, name, options);
      await changeTrust(context, options, async ({ inForce }) => ({
        remove: select(inForce).map(targetPath),
      }));
    },
  );
}

/** Which resources are meant, once it is known what is in force. */
async function selection(
  command: Command,
  kind: Kind | undefined,
  name: string | undefined,
  options: DeleteOptions,
): Promise<(inForce: TrustSet) => readonly Resource[]> {
  const { file, namespace } = options;
  if (file !== undefined && kind === undefined) {
    const input = await import('../resource-files.ts');
    const files = input.readResourceFiles(file);
    return ({ trustDomain }) =>
      input
        .parseResourceFiles(files, resourceContext(command, options, trustDomain))
        .map(({ resource }) => resource);
  }
  if (file === undefined && kind !== undefined && name !== undefined) {
    const isTyped = command.getOptionValueSource('namespace') === 'cli';
    const isMeshWide = !NAMESPACED.has(kind) && !(kind === 'policy' && isTyped);
    const key = isMeshWide ? name : keyOf(name, namespace);
    return (inForce) => [findResource(inForce, kind, key)];
  }
  throw new CliError('COMMAND_LINE_INVALID', 'name either a kind and a name, or files with -f', {
    remedy: formsOf(command),
  });
}

function findResource(inForce: TrustSet, kind: Kind, key: string): Resource {
  const resources = resourcesOf(inForce, kind);
  const found = resources.get(key);
  if (found !== undefined) return found;
  const near = closest(key, [...resources.keys()]);
  throw new CliError('NOTHING_TO_CHANGE', `no ${kind} '${key}' is in force`, {
    remedy: near === undefined ? 'Correct its name or --namespace.' : `Did you mean ${near}?`,
  });
}

function resourcesOf(inForce: TrustSet, kind: Kind): ReadonlyMap<string, Resource> {
  switch (kind) {
    case 'service':
      return new Map(
        inForce.services.map((service) => [service.key, { kind: 'Service', service }]),
      );
    case 'registration':
      return new Map(
        inForce.registrations.map((registration) => [
          registration.key,
          { kind: 'Registration', registration },
        ]),
      );
    case 'authentication':
      return new Map(
        inForce.authentications.map((authentication) => [
          authentication.name,
          { kind: 'RequestAuthentication', authentication },
        ]),
      );
    case 'revocation':
      return new Map(
        inForce.revocations.map((revocation) => [
          revocation.name,
          { kind: 'Revocation', revocation },
        ]),
      );
    case 'policy':
      return new Map(
        inForce.policies.map((policy) => [policyKey(policy), { kind: 'Policy', policy }]),
      );
  }
}

const policyKey = ({ name, namespace }: PolicyFile): string =>
  namespace === undefined ? name : `${namespace}/${name}`;

function keyOf(name: string, namespace: Namespace): ServiceKey {
  const key = parseServiceKey(name, namespace);
  if (key.ok) return key.value;
  throw new CliError('COMMAND_LINE_INVALID', key.error);
}
