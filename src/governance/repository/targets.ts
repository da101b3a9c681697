import { Metadata, TargetFile, Targets } from '@tufjs/models';
import { sha256Hex } from '../../crypto/index.ts';
import type { Target } from '../target.ts';
import { LIVES_MS } from './lives.ts';
import { SPEC_VERSION, tufDate } from './metadata.ts';

/** An unsigned list of targets (TUF section 4.5), in order of path. */
export function makeTargets(params: {
  readonly version: number;
  readonly targets: readonly Target[];
  readonly now: number;
}): Metadata<Targets> {
  const sorted = [...params.targets].sort((a, b) => (a.path < b.path ? -1 : 1));
  return new Metadata(
    new Targets({
      version: params.version,
      specVersion: SPEC_VERSION,
      expires: tufDate(params.now + LIVES_MS.targets),
      targets: Object.fromEntries(
        sorted.map(({ path, bytes }) => {
          const hashes = { sha256: sha256Hex(bytes) };
          return [path, new TargetFile({ path, length: bytes.length, hashes })];
        }),
      ),
    }),
  );
}

/** What the targets list promises of one content. */
export interface ListedTarget {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
}

/** All that is promised, in order of path. A target without SHA-256 gets an empty one: it has no content. */
export const listedTargets = ({ signed }: Metadata<Targets>): ListedTarget[] =>
  Object.entries(signed.targets)
    .map(([path, { hashes, length }]) => ({ path, sha256: hashes.sha256 ?? '', length }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

/** Of `contents` (by SHA-256) those that are listed: what nothing lists any more is let go. */
export function listedContents(
  targets: Metadata<Targets>,
  contents: ReadonlyMap<string, Uint8Array>,
): Map<string, Uint8Array> {
  const listed = new Map<string, Uint8Array>();
  for (const { sha256 } of listedTargets(targets)) {
    const content = contents.get(sha256);
    if (content !== undefined) listed.set(sha256, content);
  }
  return listed;
}
