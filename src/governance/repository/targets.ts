import { Metadata, TargetFile, Targets } from '@tufjs/models';
import type { Namespace } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import type { Target } from '../target.ts';
import { type Delegation, makeDelegations } from './delegations.ts';
import { LIVES_MS } from './lives.ts';
import { SPEC_VERSION, tufDate } from './metadata.ts';
import { remembered } from './remembered.ts';
import { namespaceOf, type TargetsRole } from './roles.ts';

/** Where a team's list says whose it is: TUF lets applications add signed fields (section 4.1). */
const NAMESPACE_FIELD = 'x-selvage-namespace';

/**
 * Does a list say that it is this role's? A signature says nothing of it: where the same people hold two namespaces,
 * or govern as well, the list of one could otherwise be put in the place of another.
 */
export const isListOf = (role: TargetsRole, { signed }: Metadata<Targets>): boolean =>
  signed.unrecognizedFields[NAMESPACE_FIELD] ===
  (role === 'targets' ? undefined : namespaceOf(role));

/**
 * An unsigned list of targets (TUF section 4.5), in order of path. Each carries in its `custom` field (TUF's place
 * for what applications add) the version since which it is what it is: that of `before` if its content stays.
 */
export function makeTargets(params: {
  readonly version: number;
  /** Of a team's list; the governors' has none. */
  readonly namespace?: Namespace;
  readonly targets: readonly Target[];
  readonly before?: Metadata<Targets>;
  /** The namespaces that are handed over: of the governors' list only. */
  readonly delegations?: readonly Delegation[];
  readonly now: number;
}): Metadata<Targets> {
  const listed = new Map(
    params.before === undefined
      ? []
      : listedTargets(params.before).map((target) => [target.path, target]),
  );
  const fileOf = ({ path, bytes }: Target): TargetFile => {
    const sha256 = sha256Hex(bytes);
    const earlier = listed.get(path);
    const since = earlier?.sha256 === sha256 ? earlier.since : params.version;
    const custom = since === undefined ? {} : { custom: { since } };
    const { length } = bytes;
    return new TargetFile({ path, length, hashes: { sha256 }, unrecognizedFields: custom });
  };
  const sorted = [...params.targets].sort((a, b) => (a.path < b.path ? -1 : 1));
  const delegations = makeDelegations(params.delegations ?? []);
  return new Metadata(
    new Targets({
      version: params.version,
      specVersion: SPEC_VERSION,
      expires: tufDate(params.now + LIVES_MS.targets),
      targets: Object.fromEntries(sorted.map((target) => [target.path, fileOf(target)])),
      ...(delegations === undefined ? {} : { delegations }),
      ...(params.namespace === undefined
        ? {}
        : { unrecognizedFields: { [NAMESPACE_FIELD]: params.namespace } }),
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
  /** Version of the list since which it has this content; undefined where nothing usable is said. */
  readonly since: number | undefined;
}

/** All that is promised, in order of path. A target without SHA-256 gets an empty one: it has no content. */
export const listedTargets = remembered(({ signed }: Metadata<Targets>): readonly ListedTarget[] =>
  Object.entries(signed.targets)
    .map(([path, { hashes, length, custom }]) => ({
      path,
      sha256: hashes.sha256 ?? '',
      length,
      since: versionIn(custom.since, signed.version),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1)),
);

/** Nothing came later than the list that says so. */
const versionIn = (since: unknown, version: number): number | undefined =>
  typeof since === 'number' && Number.isInteger(since) && since >= 1 && since <= version
    ? since
    : undefined;

/** Of `contents` (by SHA-256) those that a list names: what none names any more is let go. */
export function listedContents(
  lists: readonly Metadata<Targets>[],
  contents: ReadonlyMap<string, Uint8Array>,
): Map<string, Uint8Array> {
  const listed = new Map<string, Uint8Array>();
  for (const { sha256 } of lists.flatMap(listedTargets)) {
    const content = contents.get(sha256);
    if (content !== undefined) listed.set(sha256, content);
  }
  return listed;
}
