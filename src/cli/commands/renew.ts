import type { Command } from 'commander';
import { formatInstant, type Namespace } from '../../core/index.ts';
import type { TrustSet } from '../../governance/index.ts';
import { parseNamespaceOption } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { nearNames } from '../near-names.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

interface RenewOptions extends ChangeOptions {
  readonly namespace?: Namespace;
}

export function addRenew(program: Command, context: CliContext): void {
  const command = program
    .command('renew')
    .description('sign again, for another year, what people signed: nothing else changes')
    .option(
      '-n, --namespace <name>',
      'the list of its team, instead of the governors’',
      parseNamespaceOption,
    );
  addExamples(command, [
    ['selvage renew --key ./governor.key', 'when `selvage status` says that it is to end'],
    ['selvage renew -n payments --key ./ann.key', 'by the team that holds a namespace'],
  ]);
  addNodeOptions(addSigningOptions(command)).action(async (options: RenewOptions) => {
    const { changeTrust } = await import('../trust-change.ts');
    await changeTrust(context, options, async ({ inForce }) => {
      const { role, expiresAtMs } = listOf(inForce, options.namespace);
      const until = formatInstant(expiresAtMs);
      return {
        renew: role,
        unneeded: `nothing to renew: it is good until ${until}, and signed again in the second half of its life`,
      };
    });
  });
}

/** @throws CliError NAME_UNKNOWN */
function listOf({ lists }: TrustSet, namespace: Namespace | undefined) {
  const found = lists.find((list) => list.namespace === namespace);
  if (found !== undefined) return found;
  const known = lists.flatMap((list) => list.namespace ?? []);
  throw new CliError('NAME_UNKNOWN', `no team has the namespace ${namespace}`, {
    remedy: nearNames(`${namespace}`, known),
  });
}
