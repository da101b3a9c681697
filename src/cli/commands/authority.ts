import type { Command } from 'commander';
import type { NodeName } from '../../core/index.ts';
import { parseNodeNameArgument } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

export function addAuthority(program: Command, context: CliContext): void {
  const authority = program.command('authority').description('decide which nodes sign identities');
  const add = authority
    .command('add')
    .description('let a node sign identities, as an equal of the other authorities')
    .argument('<node>', 'name of the node', parseNodeNameArgument);
  addExamples(add, [
    [
      'selvage authority add n2 --key ./governor.key',
      'after comparing the shown SHA-256 with n2’s',
    ],
  ]);
  addNodeOptions(addSigningOptions(add)).action(async (node: NodeName, options: ChangeOptions) => {
    const { encodeTarget } = await import('../../governance/index.ts');
    const { changeTrust } = await import('../trust-change.ts');
    const { certificateDer, sha256Hex } = await import('../../crypto/index.ts');
    await changeTrust(context, options, async ({ trustDomain }, client) => {
      const { certificatePem, onlineKey } = await client.authorityCandidate({ node });
      context.terminal.write(
        `certificate of ${node}: SHA-256 ${sha256Hex(certificateDer(certificatePem))}\n` +
          `(the same as \`selvage status\` shows on ${node}, if nobody lies)\n`,
      );
      const candidate = { node, certificatePem, onlineKey };
      return {
        put: [encodeTarget({ kind: 'Authority', authority: candidate }, trustDomain)],
        remove: [],
      };
    });
  });
}
