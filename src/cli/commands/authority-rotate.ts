import { type Command, InvalidArgumentError } from 'commander';
import type { NodeName } from '../../core/index.ts';
import type { AuthorityTarget, MeshSettings, TrustSet } from '../../governance/index.ts';
import { parseDurationOption, parseNodeNameArgument } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions } from '../node-choice.ts';
import { addSigningOptions } from '../signing-options.ts';
import type { ChangeOptions } from '../trust-change.ts';

/** For people to approve it, milliseconds; what the keys in use signed then lives once more. */
const APPROVALS_MS = 7 * 86_400_000;
/** The members must hear of the next keys, and holders of what the old ones signed must renew, milliseconds. */
const SHORTEST_MS = 10_000;

export interface RetirementOptions extends ChangeOptions {
  readonly retireAfter?: number;
}

function parseRetirement(text: string): number {
  const ms = parseDurationOption(text);
  if (ms >= SHORTEST_MS) return ms;
  throw new InvalidArgumentError(`'${text}' is too short: write 10 seconds or more, such as 8d.`);
}

export const addRetirement = (command: Command): Command =>
  command.option(
    '--retire-after <duration>',
    'when what the keys in use signed counts no longer (default: 7d and the life of an SVID)',
    parseRetirement,
  );

/** How long the keys in use still count, milliseconds. */
export const retirementMs = (
  { retireAfter }: RetirementOptions,
  { svidLifeMs }: MeshSettings,
): number => retireAfter ?? APPROVALS_MS + svidLifeMs;

/** What is in force of the node that was asked, as an authority. */
export function requireAuthority({ authorities }: TrustSet, asked: string): AuthorityTarget {
  const target = authorities.find(({ node }) => node === asked);
  if (target !== undefined) return target;
  throw new CliError('NOTHING_TO_CHANGE', `${asked} is no authority`, {
    remedy: `Ask a node that is one, or make it one with \`selvage authority add ${asked}\`.`,
  });
}

export function addAuthorityRotate(authority: Command, context: CliContext): void {
  const rotate = authority
    .command('rotate')
    .description(
      'give the authority of this node new keys: they sign once all members know them, and nothing that is open ends',
    )
    .argument(
      '[node]',
      'its name, where you want to be sure which one it is',
      parseNodeNameArgument,
    );
  addExamples(rotate, [
    [
      'selvage authority rotate --data ./n1 --key ./governor.key',
      'once is enough: the rest follows',
    ],
    ['selvage authority rotate --retire-after 1h --key ./governor.key', 'when you hurry'],
  ]);
  addNodeOptions(addSigningOptions(addRetirement(rotate))).action(
    async (named: NodeName | undefined, options: RetirementOptions) => {
      const { encodeTarget } = await import('../../governance/index.ts');
      const { changeTrust } = await import('../trust-change.ts');
      const { isUnderWay, withNextKeys } = await import('../authority-rotation.ts');
      await changeTrust(context, options, async ({ inForce, client }) => {
        const { node: asked, certificatePem, tokenKey } = await client.nextAuthorityKeys({});
        if (named !== undefined && named !== asked) throw askedAnother(named, asked);
        const target = requireAuthority(inForce, asked);
        if (isUnderWay(target, certificatePem)) {
          throw new CliError('NOTHING_TO_CHANGE', `a rotation of ${asked} is under way already`, {
            remedy: 'See `selvage authority list`; its next keys sign once all members know them.',
          });
        }
        const now = context.clock.now();
        const untilMs = now + retirementMs(options, inForce.settings);
        const next = { certificatePem, tokenKey, untilMs, now };
        const authority = withNextKeys(target, next);
        return { put: [encodeTarget({ kind: 'Authority', authority }, inForce.trustDomain)] };
      });
    },
  );
}

/** Keys are made where they stay. */
const askedAnother = (named: NodeName, asked: string): CliError =>
  new CliError('COMMAND_LINE_INVALID', `the node that is asked is ${asked}, not ${named}`, {
    remedy: `Rotate on the host of ${named}, which makes its keys itself; name its directory with --data if several nodes run there.`,
  });
