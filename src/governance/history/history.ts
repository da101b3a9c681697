import { err, ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import type { Space, Store } from '../../ports/index.ts';
import {
  canonicalOf,
  parseTargets,
  type Repository,
  type Role,
  readTargetList,
  type TargetsRole,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import type { VersionName } from '../version-name.ts';
import { type Adopted, changeOf } from './change-of.ts';
import { decodeKeptChange, encodeKeptChange, type KeptChange } from './kept-change.ts';
import type { KeptList } from './kept-list.ts';
import { MAX_CHANGES, MAX_HISTORY_BYTES, OVERHEAD_BYTES } from './limits.ts';

const SPACE = 'history';
const CHANGE = 'change/';
const BLOB = 'blob/';

/** How much is kept; smaller in tests. */
export interface HistoryLimits {
  readonly changes: number;
  readonly bytes: number;
}

/** What one role signed, in TUF canonical JSON, and which version of its list that is. */
interface VersionedBytes {
  readonly role: Role;
  readonly version: number;
  readonly signed: Uint8Array;
}

/**
 * What was in force at this node, change by change, in its {@link Store}: each list and content once, however many
 * changes it went through. Bounded; the oldest changes are forgotten first.
 */
export class History {
  readonly #store: Store;
  readonly #space: Space;
  readonly #limits: HistoryLimits;
  #changes: readonly KeptChange[];
  #bytes = 0;

  constructor(store: Store, limits = { changes: MAX_CHANGES, bytes: MAX_HISTORY_BYTES }) {
    this.#store = store;
    this.#space = store.space(SPACE);
    this.#limits = limits;
    this.#changes = [...this.#space.entries(CHANGE)].flatMap(([, bytes]) => {
      const change = decodeKeptChange(bytes);
      return change.ok ? [change.value] : []; // of another version: it is told of no more
    });
    for (const [, { length }] of this.#space.entries()) this.#bytes += length + OVERHEAD_BYTES;
  }

  /** Oldest first. */
  get changes(): readonly KeptChange[] {
    return this.#changes;
  }

  /** Remembers what came into force; nothing when it is there already, as after a start. */
  remember(adopted: Adopted, before: TrustSet | undefined): void {
    const last = this.#changes.at(-1);
    if (last?.digest === adopted.set.digest) return;
    const now = blobsOf(adopted.repository);
    const known = last === undefined ? new Set<string>() : this.#blobsAt(last);
    const change: KeptChange = {
      ...changeOf(adopted, last, before),
      added: [...now.keys()].filter((sha256) => !known.has(sha256)),
      gone: [...known].filter((sha256) => !now.has(sha256)),
    };
    const [changes, bytes] = [this.#changes, this.#bytes];
    try {
      // What others have as well need not outlive the host.
      this.#store.transaction(() => this.#write(change, now), 'process');
    } catch (error) {
      [this.#changes, this.#bytes] = [changes, bytes]; // nothing was written
      throw error;
    }
  }

  /** The newest list of that version, or why it is not here, in words. */
  list({ role, version }: VersionName): Result<KeptList, string> {
    const change = this.#changes.findLast(({ parts }) =>
      parts.some((part) => part.role === role && part.version === version),
    );
    const partOf = (wanted: TargetsRole) => change?.parts.find((part) => part.role === wanted);
    const list = this.#blob(partOf(role)?.sha256);
    const targets = this.#blob(partOf('targets')?.sha256);
    if (list === undefined || targets === undefined) return err(this.#keptOf(role));
    const contents = new Map<string, Uint8Array>();
    for (const sha256 of hashesIn(list)) {
      const content = this.#blob(sha256);
      if (content === undefined) return err(this.#keptOf(role));
      contents.set(sha256, content);
    }
    return ok({ list, targets, contents });
  }

  /** The list of that version whose signatures are over these bytes, and what stood beside it at first. */
  kept({ role, version, signed }: VersionedBytes) {
    const tried = new Set<string | undefined>();
    for (const { parts, rootVersion } of this.#changes) {
      const found = parts.find((part) => part.role === role && part.version === version);
      if (found === undefined || tried.has(found.sha256)) continue;
      tried.add(found.sha256);
      const list = this.#parsed(found.sha256);
      if (list === undefined || Buffer.compare(canonicalOf(list), signed) !== 0) continue;
      const targets = this.#parsed(parts.find((part) => part.role === 'targets')?.sha256);
      if (targets !== undefined) return { list, targets, rootVersion };
    }
    return undefined;
  }

  #parsed(sha256: string | undefined) {
    const list = parseTargets(this.#blob(sha256) ?? new Uint8Array());
    return list.ok ? list.value : undefined;
  }

  #keptOf(role: TargetsRole): string {
    const versions = this.#changes.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.role === role ? [part.version] : [])),
    );
    if (versions.length === 0) return 'this node keeps none of this list';
    return `this node keeps versions ${Math.min(...versions)} to ${Math.max(...versions)} of it, and perhaps not all`;
  }

  #blob(sha256: string | undefined): Uint8Array | undefined {
    return sha256 === undefined ? undefined : this.#space.get(BLOB + sha256);
  }

  /** The lists of a change, and all that they name. */
  #blobsAt({ parts }: KeptChange): Set<string> {
    const lists = parts.flatMap(({ sha256 }) => sha256 ?? []);
    const named = lists.flatMap((sha256) => hashesIn(this.#blob(sha256) ?? new Uint8Array()));
    return new Set([...lists, ...named]);
  }

  #write(change: KeptChange, blobs: ReadonlyMap<string, Uint8Array>): void {
    for (const sha256 of change.added) {
      const bytes = blobs.get(sha256);
      if (bytes !== undefined) this.#put(BLOB + sha256, bytes);
    }
    this.#delete(keyOf(change)); // one that could not be read may stand there
    this.#put(keyOf(change), encodeKeptChange(change));
    this.#changes = [...this.#changes, change];
    while (this.#isTooLarge()) this.#forgetOldest();
  }

  #isTooLarge(): boolean {
    const { changes, bytes } = this.#limits;
    return this.#changes.length > 1 && (this.#changes.length > changes || this.#bytes > bytes);
  }

  /** What only the oldest change needed goes with it. */
  #forgetOldest(): void {
    const [oldest, next, ...later] = this.#changes;
    if (oldest === undefined || next === undefined) return;
    const again = new Set([next, ...later].flatMap(({ added }) => added));
    for (const sha256 of next.gone) if (!again.has(sha256)) this.#delete(BLOB + sha256);
    this.#delete(keyOf(oldest));
    this.#changes = [next, ...later];
  }

  #put(key: string, bytes: Uint8Array): void {
    if (this.#space.get(key) !== undefined) return; // an earlier change brought it, and it was gone since
    this.#space.put(key, bytes);
    this.#bytes += bytes.length + OVERHEAD_BYTES;
  }

  #delete(key: string): void {
    const bytes = this.#space.get(key);
    if (bytes === undefined) return;
    this.#space.delete(key);
    this.#bytes -= bytes.length + OVERHEAD_BYTES;
  }
}

/** Entries come in byte order, so numbers are written with all their digits. */
const keyOf = ({ n }: KeptChange): string => CHANGE + String(n).padStart(10, '0');

/** All bytes behind what is in force, roots aside, by SHA-256 (hex). */
function blobsOf({ files }: Repository): Map<string, Uint8Array> {
  const lists = [files.targets, ...files.delegated.values()];
  return new Map([...files.contents, ...lists.map((bytes) => [sha256Hex(bytes), bytes] as const)]);
}

/** SHA-256 of all that a list names; it was verified when it came into force. */
function hashesIn(list: Uint8Array): string[] {
  const read = readTargetList(list);
  return read.ok ? [...new Set(read.value)] : [];
}
