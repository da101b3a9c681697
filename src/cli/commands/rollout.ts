import { type Command, Option } from 'commander';
import type { AdminService, ChangeKind, RolloutView } from '../../admin/index.ts';
import { describeDuration } from '../../core/index.ts';
import { parseLifeOption } from '../arguments.ts';
import type { CliContext, NodeSelection } from '../context.ts';
import { CliError } from '../errors.ts';
import { addExamples } from '../examples.ts';
import { addNodeOptions, connectToNode } from '../node-choice.ts';
import { formatData, type OutputFormat, outputOption, redrawView } from '../output/index.ts';
import { rolloutLines, stragglersOf, stragglerWords } from './rollout-lines.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
/** Changes after which it may look different. */
const AFFECTING: ReadonlySet<ChangeKind> = new Set(['nodes', 'members', 'trust']);

interface RolloutOptions extends NodeSelection {
  readonly output: OutputFormat;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

export function addRollout(program: Command, context: CliContext): void {
  const command = program
    .command('rollout')
    .description('say which nodes and sidecars enforce what is in force, which lag, and why')
    .argument('[version]', 'as `selvage history` names it: 7, or payments/3; default: the last one')
    .addOption(outputOption())
    .option('--wait', 'until all nodes that live enforce it')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait')
        .argParser(parseLifeOption)
        .default(DEFAULT_TIMEOUT_MS, describeDuration(DEFAULT_TIMEOUT_MS)),
    )
    .option('-w, --watch', 'show it again at each change, until Ctrl-C');
  addExamples(command, [
    ['selvage rollout', 'has the last change arrived?'],
    ['selvage rollout 7 --wait --timeout 30s', 'end when it has, or with an error after 30 s'],
  ]);
  addNodeOptions(command).action(async (version: string | undefined, options: RolloutOptions) => {
    const client = await connectToNode(context, options);
    const look = () => client.rollout(version === undefined ? {} : { version });
    if (options.wait === true) await waitFor(context, client, look, options);
    else if (options.watch === true) await watch(context, client, look, options);
    else print(context, await look(), options);
  });
}

type Look = () => Promise<RolloutView>;
type Printed = Pick<RolloutOptions, 'output'>;

function print({ terminal }: CliContext, view: RolloutView, { output }: Printed): void {
  if (output !== 'table') terminal.write(formatData(view, output));
  else terminal.write(`${rolloutLines(view).join('\n')}\n`);
}

async function watch(context: CliContext, client: AdminService, look: Look, options: Printed) {
  const drawing = redrawView(context.terminal, options.output, rolloutLines);
  const signal = context.stopSignal();
  for await (const kind of client.changes(signal)) {
    if (AFFECTING.has(kind)) drawing.draw(await look());
  }
  if (!signal.aborted) {
    throw new CliError('NODE_NOT_FOUND', 'the node ended, and with it the watch');
  }
}

/** @throws CliError ROLLOUT_INCOMPLETE, when it lasts too long or is interrupted; NODE_NOT_FOUND, when the node ends */
async function waitFor(
  context: CliContext,
  client: AdminService,
  look: Look,
  { output, timeout }: RolloutOptions,
): Promise<void> {
  const late = new AbortController();
  const timer = context.clock.after(timeout, () => late.abort());
  const signal = AbortSignal.any([late.signal, context.stopSignal()]);
  let view: RolloutView | undefined;
  for await (const kind of client.changes(signal)) {
    if (AFFECTING.has(kind)) view = await look();
    if (view?.complete === true) break;
  }
  timer.cancel();
  if (!signal.aborted && view?.complete !== true) {
    throw new CliError('NODE_NOT_FOUND', 'the node ended, and with it the wait');
  }
  view ??= await look();
  print(context, view, { output });
  if (view.complete) return;
  const when = late.signal.aborted
    ? `after ${describeDuration(timeout)}`
    : 'at the end of the wait, which was interrupted';
  const { version, living, have } = view;
  const message = `version ${version} is not enforced by ${living - have} of ${living} nodes ${when}: ${stragglersOf(view).map(stragglerWords).join('; ')}`;
  throw new CliError('ROLLOUT_INCOMPLETE', message);
}
