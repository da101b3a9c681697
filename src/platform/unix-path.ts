import { lstatSync, unlinkSync } from 'node:fs';
import { PlatformError } from './errors.ts';
import { systemErrorCode } from './system-error.ts';

/** `sun_path` of unix(7) has 108 bytes with its final NUL. */
const MAX_UNIX_PATH_BYTES = 107;

/**
 * Runs `listen` where a unix socket can be made at `path`, which then has `mode` from its first moment
 * on: it is bound under a umask, never bound first and changed afterwards. A socket that nobody answers
 * on is left over from a crash and is replaced; one that is answered belongs to a living process, and
 * what is no socket to somebody else: both are left alone.
 *
 * @throws PlatformError SOCKET_PATH_TOO_LONG, SOCKET_IN_USE, FILE_UNWRITABLE
 */
export async function atUnixPath<T>(path: string, mode: number, listen: () => T): Promise<T> {
  requireShort(path);
  await free(path);
  return underUmask(0o777 & ~mode, () => {
    try {
      return listen();
    } catch (cause) {
      throw systemErrorCode(cause) === 'EADDRINUSE'
        ? new PlatformError('SOCKET_IN_USE', `another process answers on '${path}'`, { cause })
        : new PlatformError('FILE_UNWRITABLE', `the socket '${path}' cannot be made`, { cause });
    }
  });
}

function requireShort(path: string): void {
  const length = Buffer.byteLength(path);
  if (length > MAX_UNIX_PATH_BYTES) {
    throw new PlatformError(
      'SOCKET_PATH_TOO_LONG',
      `'${path}' has ${length} bytes; a unix socket's path has at most ${MAX_UNIX_PATH_BYTES}`,
    );
  }
}

async function free(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false }); // a link is not followed
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new PlatformError('FILE_UNWRITABLE', `'${path}' is there already, and is no socket`, {
      remedy: 'Move it away: a socket is to be made in its place.',
    });
  }
  if (await isAlive(path)) {
    throw new PlatformError('SOCKET_IN_USE', `another process answers on '${path}'`);
  }
  unlinkSync(path);
}

/** Only a refused connection proves that nobody listens: one that is not allowed does not. */
async function isAlive(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data: () => undefined } });
    socket.terminate();
    return true;
  } catch (cause) {
    const code = systemErrorCode(cause);
    return code !== 'ECONNREFUSED' && code !== 'ENOENT';
  }
}

/** The umask belongs to the whole process, so `run` is synchronous. */
function underUmask<T>(mask: number, run: () => T): T {
  const before = process.umask(mask);
  try {
    return run();
  } finally {
    process.umask(before);
  }
}
