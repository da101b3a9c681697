import type { NodeName } from '../../src/core/index.ts';
import type { TargetsRole } from '../../src/governance/index.ts';
import type { RecordHead } from '../../src/replication/index.ts';

/** A node's number in its mesh, from 0; it keeps it over restarts. */
export type NodeIndex = number;

/** A record as a node holds it. */
export interface HeldHead extends RecordHead {
  readonly content: { readonly writer: NodeName; readonly expiresAt: number };
}

/** What a node makes of another member. */
export type Verdict = 'alive' | 'suspect' | 'dead' | 'left' | 'unknown';

/** How a node stopped: it took leave, it crashed, or it crashed and its disk lost what it had confirmed. */
export type Ending = 'left' | 'crashed' | 'crashed-with-loss';

/** One list of targets; `digest` is the SHA-256 (hex) of what of it is signed. */
export interface EnforcedList {
  readonly version: number;
  readonly digest: string;
}

/** What of the trust repository a node has in force, by its numbers. */
export interface Enforced {
  readonly root: number;
  readonly snapshot: number;
  readonly timestamp: number;
  readonly lists: ReadonlyMap<TargetsRole, EnforcedList>;
}

/**
 * Looks on from outside of the system and is told what happens in it. Times are virtual milliseconds since
 * the start of the run.
 */
export interface Witness {
  /** A node took its own record into force: from now on nothing may lose it. */
  said?(node: NodeIndex, head: RecordHead, at: number): void;
  /** A node took another record into force than it held under that name. */
  took?(node: NodeIndex, head: HeldHead, at: number): void;
  /** A node holds a member for something else than before, and not for alive. */
  judged?(node: NodeIndex, subject: NodeIndex, verdict: Verdict, at: number): void;
  /** A node put something else of the trust repository in force, or found it on its disk when it started. */
  enforced?(node: NodeIndex, enforced: Enforced, at: number): void;
  /** An authority said that it published these lists; it has them in force. */
  published?(node: NodeIndex, lists: Enforced['lists'], at: number): void;
  started?(node: NodeIndex, at: number): void;
  stopped?(node: NodeIndex, how: Ending, at: number): void;
}

/** `n00042`: names sort as numbers do, and are DNS labels. */
export const nodeNameOf = (node: NodeIndex): NodeName =>
  `n${String(node).padStart(5, '0')}` as NodeName; // a DNS label by its form

export const nodeIndexOf = (name: string): NodeIndex => Number(name.slice(1));

/** How a node's own condition bears on whether it is wrong, and on whose fault that is. */
export type Condition = 'healthy' | 'slow' | 'liar';
