import type { Channel, ChannelHandlers } from '../ports/index.ts';
import { PlatformError } from './errors.ts';
import { endWithParent } from './parent-death.ts';
import { begin, relay, SocketChannel, type SocketData } from './socket-channel.ts';

/** The descriptor of the channel in the child: the first after its standard streams. */
const CHANNEL_FD = 3;

/** A child, and what is said with it on a socket that nobody else has. */
export interface ChannelChild {
  readonly pid: number;
  readonly channel: Channel;
  /** Its exit code; 128 + the signal's number when a signal ended it. */
  readonly exited: Promise<number>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
}

/**
 * Starts a program that speaks by {@link parentChannel}. It shares standard error only. When this process
 * dies, however it does, the child's channel closes.
 *
 * @throws PlatformError PROGRAM_NOT_STARTED
 */
export async function startChannelChild(
  command: readonly string[],
  accept: (channel: Channel) => ChannelHandlers,
): Promise<ChannelChild> {
  try {
    const child = Bun.spawn([...command], {
      argv0: process.argv0, // in a list of processes it goes by our name
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    const channel = await channelOn(Number(child.stdio[CHANNEL_FD]), accept);
    const { pid, exited } = child;
    return { pid, channel, exited, kill: (signal) => child.kill(signal) };
  } catch (cause) {
    throw new PlatformError('PROGRAM_NOT_STARTED', `'${command[0]}' cannot be started`, { cause });
  }
}

/**
 * The channel to the process that started this one by {@link startChannelChild}, at whose end this one ends, too.
 *
 * @throws PlatformError SOCKET_UNREACHABLE when it was started otherwise
 */
export async function parentChannel(
  accept: (channel: Channel) => ChannelHandlers,
): Promise<Channel> {
  endWithParent();
  try {
    return await channelOn(CHANNEL_FD, accept);
  } catch (cause) {
    const message = 'this process was not started by another of ours';
    throw new PlatformError('SOCKET_UNREACHABLE', message, { cause });
  }
}

/** The runtime makes a pair of sockets of each further `pipe` of a child. */
async function channelOn(
  fd: number,
  accept: (channel: Channel) => ChannelHandlers,
): Promise<Channel> {
  const options: Bun.FdSocketOptions<SocketData> = {
    fd,
    socket: {
      ...relay,
      open: (opened) => begin(opened, accept),
      error: (broken) => broken.terminate(),
    },
  };
  // Bun connects to descriptors too; its types describe these options, and leave out the overload.
  const known = options as unknown as Bun.UnixSocketOptions<SocketData>;
  const socket = await Bun.connect<SocketData>(known);
  return socket.data ?? new SocketChannel(socket);
}
