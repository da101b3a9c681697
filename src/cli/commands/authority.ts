import type { Command } from 'commander';
import { closest, type Namespace, type NodeName } from '../../core/index.ts';
import type { AuthorityTarget } from '../../governance/index.ts';
import { collectNamespace, parseNodeNameArgument } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';
import { addAuthorityImport, addAuthorityRequest } from './authority-enterprise.ts';
import { addAuthorityList } from './authority-list.ts';
import { addAuthorityRotate } from './authority-rotate.ts';
import { addAuthoritySeal } from './authority-seal.ts';

export function addAuthority(program: Command, context: CliContext): void {
  const authority = program.command('authority').description('decide which nodes sign identities');
  addAdd(authority, context);
  addRemove(authority, context);
  addAuthorityRotate(authority, context);
  addAuthorityRequest(authority, context);
  addAuthorityImport(authority, context);
  addAuthoritySeal(authority, context);
  addAuthorityList(authority, context);
}

interface AddOptions extends ChangeOptions {
  readonly namespace?: readonly Namespace[];
}

function addAdd(authority: Command, context: CliContext): void {
  const add = authority
    .command('add')
    .description('let a node sign identities, as an equal of the other authorities')
    .argument('<node>', 'name of the node', parseNodeNameArgument)
    .option(
      '--namespace <namespace>',
      'sign for workloads of this namespace alone, and for no node; several times for several',
      collectNamespace,
    );
  addExamples(add, [
    [
      'selvage authority add n2 --key ./governor.key',
      'after comparing the shown SHA-256 with n2’s',
    ],
    [
      'selvage authority add edge-1 --namespace edge --key ./governor.key',
      'what it signs for others is refused everywhere',
    ],
  ]);
  addNodeOptions(addSigningOptions(add)).action(async (node: NodeName, options: AddOptions) => {
    const { encodeTarget } = await import('../../governance/index.ts');
    const { changeTrust } = await import('../trust-change.ts');
    const { pemSha256 } = await import('../../crypto/index.ts');
    await changeTrust(context, options, async ({ inForce, client }) => {
      const { certificatePem, onlineKey, tokenKey } = await client.authorityCandidate({ node });
      context.terminal.write(
        `certificate of ${node}: SHA-256 ${pemSha256(certificatePem)}\n` +
          `(the same as \`selvage status\` shows on ${node}, if nobody lies)\n`,
      );
      const candidate: AuthorityTarget = {
        ...{ node, onlineKey, certificates: [{ pem: certificatePem }] },
        namespaces: options.namespace ?? 'any',
        tokenKeys: tokenKey === undefined ? [] : [tokenKey],
      };
      return {
        put: [encodeTarget({ kind: 'Authority', authority: candidate }, inForce.trustDomain)],
      };
    });
  });
}

function addRemove(authority: Command, context: CliContext): void {
  const remove = authority
    .command('remove')
    .description('let a node sign identities no longer; what it signed counts no longer either')
    .argument('<node>', 'as `selvage authority list` shows it', parseNodeNameArgument);
  addExamples(remove, [
    [
      'selvage authority remove n2 --key ./governor.key',
      'also against a stolen one: the numbers of what authorities sign then start anew',
    ],
  ]);
  addNodeOptions(addSigningOptions(remove)).action(
    async (node: NodeName, options: ChangeOptions) => {
      const { targetPath } = await import('../../governance/index.ts');
      const { changeTrust } = await import('../trust-change.ts');
      await changeTrust(context, options, async ({ inForce: { authorities } }) => {
        const found = authorities.find((one) => one.node === node);
        if (found === undefined) throw unknownAuthority(node, authorities);
        return { remove: [targetPath({ kind: 'Authority', authority: found })] };
      });
    },
  );
}

function unknownAuthority(node: NodeName, authorities: readonly AuthorityTarget[]): CliError {
  const names = authorities.map((one) => one.node);
  const near = closest(node, names);
  return new CliError('NOTHING_TO_CHANGE', `${node} is no authority`, {
    remedy: near === undefined ? `Name one of ${names.join(', ')}.` : `Did you mean ${near}?`,
  });
}
