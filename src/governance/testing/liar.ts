import type { MetaFile } from '@tufjs/models';
import { signPublication } from '../change/sign-publication.ts';
import {
  byHash,
  type DelegatedRole,
  encodeMetadata,
  makeTargets,
  parseTargets,
  sign,
  type TargetsRole,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import type { Target } from '../target.ts';
import { payments } from './governed-mesh.ts';
import { opened } from './mesh.ts';

const DAY_MS = 86_400_000;

/** A team's list as its keys sign it, whatever an honest authority would say of it. */
export function listSignedBy(
  team: readonly TrustSigner[],
  version: number,
  targets: readonly Target[],
  { now = Date.now(), namespace = payments } = {},
): Uint8Array {
  const list = makeTargets({ version, namespace, targets, now });
  for (const signer of team) sign(list, signer);
  return encodeMetadata(list);
}

/**
 * What an authority that lies, or a thief of its online key, can sign on top of `files`: a snapshot over
 * whatever lists there are to hand out, and a timestamp. `named` are entries for lists that it only names.
 */
export function publishedByLiar(
  files: TrustFiles,
  online: TrustSigner,
  lie: {
    readonly targets?: Uint8Array;
    readonly delegated?: ReadonlyMap<DelegatedRole, Uint8Array>;
    readonly contents?: readonly Uint8Array[];
    readonly named?: Readonly<Record<string, MetaFile>>;
    /** Of snapshot and timestamp; the next ones where they are not said. */
    readonly version?: number;
    readonly now?: number;
  },
): TrustFiles {
  const { snapshot, timestamp } = opened(files);
  const targets = lie.targets ?? files.targets;
  const delegated = lie.delegated ?? files.delegated;
  const lists = [['targets', targets] as const, ...delegated].map(([role, bytes]) => {
    const list = parseTargets(bytes);
    if (!list.ok) throw new Error(list.error);
    return [role, list.value] as const;
  });
  return signPublication({
    files: {
      roots: files.roots,
      targets,
      delegated,
      contents: new Map([...files.contents, ...byHash(lie.contents ?? [])]),
    },
    lists: new Map<TargetsRole, (typeof lists)[number][1]>(lists),
    named: lie.named ?? {},
    publishedAtMs: undefined,
    versions: {
      snapshot: lie.version ?? snapshot.signed.version + 1,
      timestamp: lie.version ?? timestamp.signed.version + 1,
    },
    maxStalenessMs: 7 * DAY_MS,
    online,
    now: lie.now ?? Date.now(),
  });
}
