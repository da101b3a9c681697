import { createHash } from 'node:crypto';
import { type BigIntStats, readlinkSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Lru } from '../core/index.ts';
import { isNotShown } from './process-files.ts';
import { systemErrorCode } from './system-error.ts';

/** A larger program is not read whole: its digest cannot be told. Bytes; the largest runtimes have 200 MiB. */
const MAX_HASHED_BYTES = 512 * 1_024 * 1_024;
/** Read at once, bytes: between two pieces the loop turns. */
const PIECE_BYTES = 1_024 * 1_024;
/** Files whose digest is remembered: a host runs fewer programs that a registration asks about. */
const REMEMBERED_FILES = 256;

/** The file that a process runs. */
export interface ExecutableFile {
  /**
   * Absolute path. It begins with `(unreachable)` when this path is another file or none for us (deleted,
   * replaced, or in another mount namespace), and is `(unreadable)` when the kernel does not show it to
   * our user: neither ever equals an absolute path.
   */
  readonly path: string;
  /** The same for the same bytes: device, inode, size and both times. Undefined when it is not shown. */
  readonly identity?: string;
}

/** Undefined when the process is gone. */
export function executableOf(pid: number): ExecutableFile | undefined {
  const link = `/proc/${pid}/exe`;
  try {
    const path = readlinkSync(link);
    const running = statSync(link, { bigint: true }); // follows the kernel's own reference, not the path
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    const isThere = found?.ino === running.ino && found.dev === running.dev;
    return { path: isThere ? path : `(unreachable)${path}`, identity: identityOf(running) };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EACCES' || code === 'EPERM') return { path: '(unreadable)' };
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Reads executables for their digests: one file at a time, each once. */
export class ExecutableDigests {
  readonly #known = new Lru<string, Promise<string | undefined>>(REMEMBERED_FILES);
  #last: Promise<unknown> = Promise.resolve();

  /**
   * SHA-256 (hex) of a file that {@link executableOf} told of, while process `pid` runs it. It is the file
   * that is identified, so that a later process with this number changes nothing. Undefined when the
   * process runs something else by now or has ended, or when the file is not shown or is too large. What
   * else goes wrong with the disk is thrown.
   */
  async of(pid: number, { identity }: ExecutableFile): Promise<string | undefined> {
    if (identity === undefined) return undefined;
    const digest = this.#known.get(identity) ?? this.#inTurn(pid, identity);
    this.#known.set(identity, digest);
    const forget = () => this.#known.delete(identity); // another process that runs it may show it
    const found = await digest.catch((error: unknown) => {
      forget();
      throw error;
    });
    if (found === undefined) forget();
    return found;
  }

  #inTurn(pid: number, identity: string): Promise<string | undefined> {
    const read = () => readDigest(`/proc/${pid}/exe`, identity);
    const digest = this.#last.then(read, read);
    this.#last = digest;
    return digest;
  }
}

async function readDigest(path: string, identity: string): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const isSame = async () => identityOf(await file.stat({ bigint: true })) === identity;
    const { size } = await file.stat();
    if (size > MAX_HASHED_BYTES || !(await isSame())) return undefined;
    const hash = createHash('sha256');
    const piece = new Uint8Array(Math.min(size, PIECE_BYTES));
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) return undefined; // it was cut meanwhile
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return (await isSame()) ? hash.digest('hex') : undefined;
  } catch (error) {
    if (isNotShown(error)) return undefined;
    throw error;
  }
}

/** Whoever writes to a file changes its ctime, which nobody can set (inode(7)). */
const identityOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(' ');
