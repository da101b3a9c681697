import type { Command } from 'commander';
import { DEFAULT_NAMESPACE, type Namespace } from '../../core/index.ts';
import { collectText, parseNamespaceOption } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

interface ApplyOptions extends ChangeOptions {
  readonly file: readonly string[];
  readonly namespace: Namespace;
}

export function addApply(program: Command, context: CliContext): void {
  const command = program
    .command('apply')
    .description('put services, registrations, settings and policies in force')
    .requiredOption('-f, --file <path>', 'file or directory; may stand several times', collectText)
    .option(
      '-n, --namespace <name>',
      'for resources that name none',
      parseNamespaceOption,
      DEFAULT_NAMESPACE,
    );
  addExamples(command, [
    ['selvage apply -f examples/hello/ --key ./governor.key', 'everything in a directory'],
    ['selvage apply -f policy.cedar --key ./governor.key --dry-run', 'only say what would change'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(async (options: ApplyOptions) => {
    const { encodeTarget } = await import('../../governance/index.ts');
    const { changeTrust } = await import('../trust-change.ts');
    const input = await import('../resource-files.ts');
    const { refuseFailingTests } = await import('../policy-tests/index.ts');
    const files = input.readResourceFiles(options.file);
    await changeTrust(context, options, async (inForce) => {
      const { trustDomain } = inForce;
      const resources = input.parseResourceFiles(files, trustDomain, options.namespace);
      input.refuseBadPolicies(resources, files, inForce);
      refuseFailingTests(options.file, {
        trustDomain,
        settings: input.settingsAfter(resources, inForce),
      });
      return {
        put: resources.map((resource) => encodeTarget(resource, trustDomain)),
        remove: [],
      };
    });
  });
}
