import type { Command } from 'commander';
import type { CaptureState } from '../../sidecar/index.ts';
import { addCaptureOptions, type CaptureFlags, capturedOf, capturePlan } from '../capture-flags.ts';
import type { CliContext } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { type Listing, type OutputFormat, outputOption, printList } from '../output/index.ts';

interface CommandFlags extends CaptureFlags {
  readonly off?: boolean;
  readonly status?: boolean;
  readonly output: OutputFormat;
}

export function addCapture(program: Command, context: CliContext): void {
  const command = program
    .command('capture')
    .description(
      'redirect a program’s TCP connections to its sidecar (root), for as long as a command runs or until --off',
    )
    .usage('[options] [-- <command...>]')
    .argument('[command...]', 'a sidecar and its arguments')
    .option('--off', 'take back what a flag names, or else every capture of this host')
    .option('--status', 'show what is captured')
    .addOption(outputOption());
  addCaptureOptions(command);
  addExamples(command, [
    [
      'selvage capture --uid shop -- selvage sidecar --service shop --upstream web --capture',
      'all that user shop sends, while its sidecar runs',
    ],
    ['selvage capture --netns blue --inbound 8080', 'a network namespace, both ways'],
    ['selvage capture --off', 'take everything back'],
  ]);
  command.action(async (words: readonly string[], flags: CommandFlags) => {
    if (flags.off === true && flags.status === true) {
      throw new CliError('COMMAND_LINE_INVALID', '--off and --status exclude each other');
    }
    if (flags.status === true) await show(context, flags.output);
    else if (flags.off === true) await takeBack(context, flags);
    else await capture(context, words, flags);
  });
}

async function capture(
  { terminal, exitWith }: CliContext,
  words: readonly string[],
  flags: CaptureFlags,
) {
  const { describeCaptured, runCaptured, startCapture } = await import('../../sidecar/index.ts');
  const plan = await capturePlan(flags);
  if (words.length > 0) {
    exitWith(await runCaptured(plan, words));
    return;
  }
  const isTaken = await startCapture(plan);
  terminal.write(`captured: ${describeCaptured(plan.whose)}\n`);
  if (isTaken || plan.outbound === undefined) return;
  terminal.writeError(
    `nothing listens on 127.0.0.1:${plan.outbound} yet: until a sidecar does, what is captured is refused\n`,
  );
}

async function takeBack({ terminal }: CliContext, flags: CaptureFlags): Promise<void> {
  const { describeCaptured, endCapture, listCaptures } = await import('../../sidecar/index.ts');
  const named = await capturedOf(flags);
  const whose = named === undefined ? (await listCaptures()).map((state) => state.whose) : [named];
  for (const captured of whose) {
    await endCapture(captured);
    terminal.write(`no longer captured: ${describeCaptured(captured)}\n`);
  }
  if (whose.length === 0) terminal.write('nothing was captured\n');
}

async function show({ terminal }: CliContext, output: OutputFormat): Promise<void> {
  const { describeCaptured, listCaptures } = await import('../../sidecar/index.ts');
  const listing: Listing<CaptureState> = {
    identify: ({ whose }) => describeCaptured(whose),
    empty: 'nothing is captured: `selvage capture --help` says how',
    columns: [
      { heading: 'WHOSE', cell: ({ whose }) => describeCaptured(whose) },
      {
        heading: 'OUTBOUND',
        cell: ({ outbound }) => (outbound === undefined ? '-' : `to ${outbound}`),
      },
      { heading: 'INBOUND', cell: inboundCell },
      { heading: 'TAKEN', cell: ({ taken }) => `${taken.outbound} out, ${taken.inbound} in` },
    ],
  };
  printList(terminal, output, listing).draw({ items: await listCaptures() });
}

const inboundCell = ({ inbound }: CaptureState): string =>
  inbound === undefined ? '-' : `${inbound.ports.join(', ')} to ${inbound.listener}`;
