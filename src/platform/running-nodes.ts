import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type NodeName, parseNodeName, parseTrustDomain, type TrustDomain } from '../core/index.ts';
import { PlatformError } from './errors.ts';
import {
  ensurePrivateDirectory,
  pathExists,
  readTextFile,
  removeFile,
  writeFileAtomic,
} from './files.ts';
import { hostProcess, isProcessAlive } from './process.ts';

/** What a running node leaves in this user's runtime directory, so that commands find it. */
export interface NodeNote {
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  readonly pid: number;
  /** Absolute path. */
  readonly adminSocket: string;
}

const MAX_NOTE_BYTES = 4_096;
/** A note's file name; also the bound on what is looked at in a directory that others could fill. */
const NOTE_NAME = /^[a-z0-9._-]+\.json$/;
const MAX_NOTES = 256;

/** `$SELVAGE_RUNTIME_DIR`, else `$XDG_RUNTIME_DIR/selvage`, else `/tmp/selvage-<uid>`. */
export function runtimeDirectory({ environment, uid } = hostProcess()): string {
  const own = environment.SELVAGE_RUNTIME_DIR;
  if (own !== undefined && own !== '') return own;
  const xdg = environment.XDG_RUNTIME_DIR;
  return xdg !== undefined && xdg !== '' ? join(xdg, 'selvage') : `/tmp/selvage-${uid}`;
}

/**
 * Leaves the note of a running node in `directory`; call the returned function when it stops.
 *
 * @throws PlatformError DIRECTORY_NOT_PRIVATE, FILE_UNWRITABLE
 */
export function announceNode(note: NodeNote, directory = runtimeDirectory()): () => void {
  ensurePrivateDirectory(directory);
  const path = join(directory, `${note.trustDomain}.${note.node}.json`);
  writeFileAtomic(path, `${JSON.stringify(note)}\n`, 0o600);
  return () => {
    if (readNote(path)?.pid === note.pid) removeFile(path);
  };
}

/**
 * The nodes that run now, by name. Notes whose process is gone are removed. A directory that is not
 * this user's alone is an error: whoever can write there could lead commands to a socket of theirs.
 *
 * @throws PlatformError DIRECTORY_NOT_PRIVATE
 */
export function findNodes(directory = runtimeDirectory()): NodeNote[] {
  if (!pathExists(directory)) return [];
  ensurePrivateDirectory(directory);
  const names = readdirSync(directory).filter((name) => NOTE_NAME.test(name));
  return names
    .sort()
    .slice(0, MAX_NOTES)
    .flatMap((name) => {
      const path = join(directory, name);
      const note = readNote(path);
      if (note === undefined) return [];
      if (isProcessAlive(note.pid)) return [note];
      removeFile(path);
      return [];
    });
}

function readNote(path: string): NodeNote | undefined {
  try {
    return parseNote(JSON.parse(readTextFile(path, MAX_NOTE_BYTES)));
  } catch (error) {
    // Gone in between, or not written by a node: either way no node can be found through it.
    if (error instanceof PlatformError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseNote(value: unknown): NodeNote | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const note: Partial<Record<keyof NodeNote, unknown>> = value;
  const trustDomain = parseTrustDomain(String(note.trustDomain));
  const node = parseNodeName(String(note.node));
  const { pid, adminSocket } = note;
  if (!trustDomain.ok || !node.ok) return undefined;
  if (typeof pid !== 'number' || typeof adminSocket !== 'string') return undefined;
  return { trustDomain: trustDomain.value, node: node.value, pid, adminSocket };
}
