import { type Command, Option } from 'commander';
import type { Passthrough, PlainCallers } from '../proxy/index.ts';
import type { SidecarOptions } from '../sidecar/index.ts';
import { parsePortOption } from './arguments.ts';
import { CAPTURE_PORTS } from './capture-flags.ts';
import { CliError } from './errors.ts';

/** What a sidecar does with connections that the kernel redirects to it, as commander gives it. */
export interface CaptureListenerFlags {
  readonly capture?: number;
  readonly passthrough: Passthrough;
  readonly captureInbound?: number;
  readonly inbound: PlainCallers;
  /** The application's. */
  readonly port?: number;
}

const PASSTHROUGH: readonly Passthrough[] = ['deny', 'allow'];
const PLAIN_CALLERS: readonly PlainCallers[] = ['strict', 'permissive'];

export function addCaptureListeners(command: Command): Command {
  const port = (flags: string, description: string, preset: number): Option =>
    new Option(flags, `${description} (port: ${preset})`)
      .preset(String(preset))
      .argParser(parsePortOption);
  return command
    .addOption(
      port(
        '--capture [port]',
        'take what the kernel redirects of what it sends',
        CAPTURE_PORTS.outbound,
      ),
    )
    .addOption(
      new Option('--passthrough <verdict>', 'what becomes of that which goes to no service')
        .choices(PASSTHROUGH)
        .default('deny'),
    )
    .addOption(
      port(
        '--capture-inbound [port]',
        'take what the kernel redirects of what comes to its port',
        CAPTURE_PORTS.inbound,
      ),
    )
    .addOption(
      new Option('--inbound <verdict>', 'whether that gets to it, which comes in plain')
        .choices(PLAIN_CALLERS)
        .default('strict'),
    );
}

/** @throws CliError COMMAND_LINE_INVALID */
export function captureListeners(
  flags: CaptureListenerFlags,
): Pick<SidecarOptions, 'captureOutbound' | 'captureInbound'> {
  const { capture, passthrough, captureInbound, inbound, port } = flags;
  if (captureInbound !== undefined && port === undefined) {
    throw new CliError('COMMAND_LINE_INVALID', '--capture-inbound needs the application’s --port');
  }
  return {
    ...(capture === undefined ? {} : { captureOutbound: { port: capture, passthrough } }),
    ...(captureInbound === undefined
      ? {}
      : { captureInbound: { port: captureInbound, plainCallers: inbound } }),
  };
}
