import type { Command } from 'commander';
import type { Namespace, NodeName } from '../../core/index.ts';
import type { AuthorityTarget } from '../../governance/index.ts';
import { collectNamespace, parseNodeNameArgument } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';
import { addAuthorityImport, addAuthorityRequest } from './authority-enterprise.ts';
import { addAuthorityList } from './authority-list.ts';
import { addAuthorityRemove } from './authority-remove.ts';
import { addAuthorityRotate } from './authority-rotate.ts';
import { addAuthoritySeal } from './authority-seal.ts';

export function addAuthority(program: Command, context: CliContext): void {
  const authority = program.command('authority').description('decide which nodes sign identities');
  addAdd(authority, context);
  addAuthorityRemove(authority, context);
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
    const { outdatedBy } = await import('../authority-retirement.ts');
    const { changeTrust } = await import('../trust-change.ts');
    const { pemSha256 } = await import('../../crypto/index.ts');
    await changeTrust(context, options, async ({ inForce, client }) => {
      const { certificatePem, onlineKey, tokenKey } = await client.authorityCandidate({ node });
      context.terminal.write(
        `certificate of ${node}: SHA-256 ${pemSha256(certificatePem)}\n` +
          `(the same as \`selvage status\` shows on ${node}, if nobody lies)\n`,
      );
      const candidate: AuthorityTarget = {
        node,
        onlineKey,
        certificates: [{ pem: certificatePem }],
        namespaces: options.namespace ?? 'any',
        tokenKeys: tokenKey === undefined ? [] : [tokenKey],
      };
      return {
        remove: outdatedBy(inForce, certificatePem, context.clock.now()),
        put: [encodeTarget({ kind: 'Authority', authority: candidate }, inForce.trustDomain)],
      };
    });
  });
}
