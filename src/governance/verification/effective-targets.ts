import {
  isPathIn,
  type ListedTarget,
  type Lists,
  listedTargets,
  namespaceOf,
  type TargetsRole,
} from '../repository/index.ts';

/** A signed target that is left out, counted and logged. */
export interface SkippedTarget {
  readonly path: string;
  readonly reason: string;
}

/** What is in force at one path, and whose list says so. */
export interface EffectiveTarget extends ListedTarget {
  readonly role: TargetsRole;
}

export interface EffectiveTargets {
  /** In order of path, each once. */
  readonly effective: readonly EffectiveTarget[];
  readonly skipped: readonly SkippedTarget[];
}

/**
 * What all lists together put in force. TUF section 5.6.7: the governors' list is asked first, and a
 * team's counts for the paths that were handed to it, and for nothing else.
 */
export function effectiveTargets(lists: Lists): EffectiveTargets {
  const found = new Map<string, EffectiveTarget>();
  const skipped: SkippedTarget[] = [];
  for (const [role, list] of lists) {
    for (const target of listedTargets(list)) {
      const { path } = target;
      const reason =
        role !== 'targets' && !isPathIn(namespaceOf(role), path)
          ? `${role} lists it, and may not`
          : found.has(path)
            ? `${role} lists it, and so do the governors`
            : undefined;
      if (reason === undefined) found.set(path, { ...target, role });
      else skipped.push({ path, reason });
    }
  }
  const effective = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { effective, skipped };
}
