import { type Fetcher, Updater } from 'tuf-js';
import type { ScratchDirs } from '../../ports/index.ts';
import {
  MAX_ROOT_BYTES,
  MAX_SNAPSHOT_BYTES,
  MAX_TARGETS_BYTES,
  MAX_TIMESTAMP_BYTES,
} from '../limits.ts';
import { refusal, type TrustRefusal, type TrustRefusalReason } from '../repository/index.ts';

/** A repository as the library would see it on a server, and the metadata that is trusted already. */
export interface JudgedUpdate {
  readonly trusted: {
    readonly root: Uint8Array;
    readonly timestamp?: Uint8Array;
    readonly snapshot?: Uint8Array;
  };
  /** In order of version, the first one right after the trusted root. */
  readonly newRoots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
}

const REMOTE = 'offer:/';

/**
 * Lets `tuf-js` run the client workflow (TUF section 5) over an offer, in a directory that is thrown
 * away: the library judges, and nothing that it remembers decides what is in force. Dates are judged as of `now`,
 * milliseconds since 1970.
 */
export async function judgeByTuf(
  update: JudgedUpdate,
  scratch: ScratchDirs,
  now: number,
): Promise<TrustRefusal | undefined> {
  const { root, timestamp, snapshot } = update.trusted;
  const seeds = {
    'root.json': root,
    ...(timestamp === undefined ? {} : { 'timestamp.json': timestamp }),
    ...(snapshot === undefined ? {} : { 'snapshot.json': snapshot }),
  };
  return await scratch.with(seeds, async (metadataDir) => {
    try {
      const updater = new Updater({
        metadataDir,
        metadataBaseUrl: REMOTE,
        fetcher: fetcherOf(update),
        config: {
          maxRootRotations: update.newRoots.length, // bounded before; no root beyond is asked for
          rootMaxLength: MAX_ROOT_BYTES,
          timestampMaxLength: MAX_TIMESTAMP_BYTES,
          snapshotMaxLength: MAX_SNAPSHOT_BYTES,
          targetsMaxLength: MAX_TARGETS_BYTES,
        },
      });
      startAt(updater, now);
      await updater.refresh();
      return undefined;
    } catch (cause) {
      return toRefusal(cause);
    }
  });
}

/**
 * TUF section 5.1: dates are judged as of the start of the update. The library takes the host's clock for it and has no
 * option, so the moment is put in its place; where there is none to be replaced, nothing may be judged.
 */
function startAt(updater: Updater, now: number): void {
  const { trustedSet } = updater as unknown as { trustedSet?: { referenceTime?: unknown } }; // private, and looked at below
  if (!(trustedSet?.referenceTime instanceof Date)) {
    throw new TypeError('tuf-js keeps the start of an update somewhere else');
  }
  trustedSet.referenceTime = new Date(now);
}

function fetcherOf({ newRoots, timestamp, snapshot, targets }: JudgedUpdate): Fetcher {
  let nextRoot = 0; // the workflow asks for one root after the other, each once
  const contentOf = (name: string): Uint8Array | undefined => {
    if (name === 'timestamp.json') return timestamp;
    if (/^\d+\.snapshot\.json$/.test(name)) return snapshot;
    if (/^\d+\.targets\.json$/.test(name)) return targets;
    return /^\d+\.root\.json$/.test(name) ? newRoots[nextRoot++] : undefined;
  };
  return {
    async downloadBytes(url, maxBytes) {
      const content = contentOf(url.slice(url.lastIndexOf('/') + 1));
      if (content === undefined) throw new Error(`${url} is not part of an offer`);
      if (content.length > maxBytes) {
        throw new Error(`${url} has ${content.length} bytes; at most ${maxBytes} are read`);
      }
      return Buffer.from(content);
    },
    async downloadFile(url) {
      throw new Error(`${url}: contents are checked by their hashes, never downloaded`);
    },
  };
}

/**
 * The library wraps its errors in text, so their text is all there is to tell them apart. It is
 * pinned to one version, and the attack tests hold each line of this table.
 */
const REASONS: readonly (readonly [pattern: RegExp, reason: TrustRefusalReason])[] = [
  [/is expired/, 'expired'],
  [/was signed by \d+\/\d+ keys/, 'wrong-signature'],
  [/is less than current version|Missing file .* in new snapshot/, 'rollback'],
  [/Expected version \d+, got/, 'rollback'],
  [/Expected (length|hash)|does(n't| not) match/, 'mix-and-match'],
];

function toRefusal(cause: unknown): TrustRefusal {
  const detail = cause instanceof Error ? cause.message : String(cause);
  const found = REASONS.find(([pattern]) => pattern.test(detail));
  return refusal(found?.[1] ?? 'malformed', detail);
}
