import type { Command } from 'commander';
import { findUserId } from '../platform/index.ts';
import type { Captured, CapturePlan, Network } from '../sidecar/index.ts';
import { collectPort, collectText, parsePortOption } from './arguments.ts';
import { CliError } from './errors.ts';

/** Where sidecars take captured connections unless told otherwise: the numbers that people know from other meshes. */
export const CAPTURE_PORTS = { outbound: 15_001, inbound: 15_006 } as const;

/** Whose connections, as commander gives it. */
export interface CapturedFlags {
  readonly uid?: string;
  readonly netns?: string;
  readonly cgroup?: string;
}

export interface CaptureFlags extends CapturedFlags {
  /** False: `--no-outbound`. */
  readonly outbound: number | false;
  readonly inbound: readonly number[];
  readonly inboundListener: number;
  readonly excludePort: readonly number[];
  readonly excludeCidr: readonly string[];
  readonly excludeUid: readonly string[];
}

export const addCaptureOptions = (command: Command): Command =>
  command
    .option('--uid <user>', 'capture what this user’s processes send')
    .option('--netns <name>', 'capture all of this network namespace: a name, or a path')
    .option('--cgroup <path>', 'capture this cgroup’s processes: its path below /sys/fs/cgroup')
    .option(
      '--outbound <port>',
      'where the sidecar takes what goes out',
      parsePortOption,
      CAPTURE_PORTS.outbound,
    )
    .option('--no-outbound', 'capture nothing that goes out')
    .option('--inbound <port>', 'guard this port of the application', collectPort, [])
    .option(
      '--inbound-listener <port>',
      'where the sidecar takes what comes to it from elsewhere',
      parsePortOption,
      CAPTURE_PORTS.inbound,
    )
    .option('--exclude-port <port>', 'leave connections to this port alone', collectPort, [])
    .option('--exclude-cidr <block>', 'leave connections to these addresses alone', collectText, [])
    .option('--exclude-uid <user>', 'leave this user’s connections alone', collectText, []);

/** Whose connections; undefined when no flag says it. @throws CliError COMMAND_LINE_INVALID */
export async function capturedOf(flags: CapturedFlags): Promise<Captured | undefined> {
  const { uid, netns, cgroup } = flags;
  const named: Captured[] = [
    ...(uid === undefined ? [] : [{ kind: 'user', uid: await userId(uid) } as const]),
    ...(netns === undefined ? [] : [{ kind: 'namespace', name: netns } as const]),
    ...(cgroup === undefined ? [] : [{ kind: 'cgroup', path: cgroupPath(cgroup) } as const]),
  ];
  if (named.length <= 1) return named[0];
  throw new CliError('COMMAND_LINE_INVALID', '--uid, --netns and --cgroup exclude each other');
}

/** What is to be captured. @throws CliError COMMAND_LINE_INVALID */
export async function capturePlan(flags: CaptureFlags): Promise<CapturePlan> {
  const whose = await capturedOf(flags);
  if (whose === undefined) {
    throw new CliError('COMMAND_LINE_INVALID', 'the command does not say whose connections', {
      remedy: 'Add --uid USER, --netns NAME or --cgroup PATH.',
    });
  }
  const { outbound, inbound, inboundListener } = flags;
  if (outbound === false && inbound.length === 0) {
    throw new CliError('COMMAND_LINE_INVALID', '--no-outbound without --inbound captures nothing');
  }
  return {
    whose,
    ...(outbound === false ? {} : { outbound }),
    ...(inbound.length === 0 ? {} : { inbound: { ports: inbound, listener: inboundListener } }),
    except: {
      ports: flags.excludePort,
      networks: await networks(flags.excludeCidr),
      uids: await Promise.all(flags.excludeUid.map(userId)),
    },
  };
}

async function userId(user: string): Promise<number> {
  const uid = await findUserId(user);
  if (uid !== undefined) return uid;
  throw new CliError('COMMAND_LINE_INVALID', `there is no user '${user}' on this host`, {
    remedy: 'Name one that `getent passwd` shows, or write a number.',
  });
}

/** As in /proc/PID/cgroup, with or without its leading slash. */
function cgroupPath(text: string): string {
  const path = text.replace(/^\/+|\/+$/g, '');
  const isPath = path !== '' && !/["\p{Cc}]/u.test(path) && !path.split('/').includes('..');
  if (isPath) return path;
  throw new CliError('COMMAND_LINE_INVALID', `'${text}' is no path of a cgroup`, {
    remedy: 'Write one such as system.slice/shop.service, as /proc/PID/cgroup shows it.',
  });
}

async function networks(texts: readonly string[]): Promise<Network[]> {
  const { parseNetwork } = await import('../sidecar/index.ts');
  return texts.map((text) => {
    const network = parseNetwork(text);
    if (network.ok) return network.value;
    throw new CliError('COMMAND_LINE_INVALID', `--exclude-cidr: ${network.error}`);
  });
}
