import { heldSettings, signPublication } from '../change/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_VERSION } from '../limits.ts';
import { listedContents, type TrustFiles, type TrustSigner } from '../repository/index.ts';
import type { Merged } from './merge.ts';

/**
 * Publishes a merge above everything that went into it. What it lists, governors and teams have signed already.
 *
 * @throws GovernanceError VERSIONS_EXHAUSTED
 */
export function signMerged(merged: Merged, online: TrustSigner, now: number): TrustFiles {
  const { roots, lists, versions, named } = merged;
  const highest = Math.max(versions.snapshot, versions.timestamp);
  if (highest >= MAX_VERSION) {
    throw new GovernanceError('VERSIONS_EXHAUSTED', `version ${highest} is the last one`);
  }
  const contents = listedContents([...lists.values()], merged.contents);
  const files = { roots, targets: merged.targets, delegated: merged.delegated, contents };
  return signPublication({
    files,
    lists,
    named,
    online,
    now,
    publishedAtMs: now,
    versions: { snapshot: versions.snapshot + 1, timestamp: versions.timestamp + 1 },
    maxStalenessMs: heldSettings({ targets: merged.governing, files }).maxStalenessMs,
  });
}
