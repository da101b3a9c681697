import type { NodeName } from '../core/index.ts';
import type { ProcessFacts, Registration } from './registration.ts';

/** Whom a registration is held against. */
export interface Candidate {
  readonly facts: ProcessFacts;
  readonly node: NodeName;
  /** The user that the node's own process runs as: what the selector `uid: node` means. */
  readonly nodeUid: number;
}

/** Something that a registration wants, and a process does not have. */
export interface Misfit {
  readonly selector: keyof Registration['selectors'] | 'nodes';
  /** What is wanted, to stand behind the registration's key. */
  readonly words: string;
}

interface Check {
  readonly selector: Misfit['selector'];
  fits(registration: Registration, candidate: Candidate): boolean;
  words(registration: Registration, candidate: Candidate): string;
}

const CHECKS: readonly Check[] = [
  {
    selector: 'nodes',
    fits: ({ nodes }, { node }) => nodes === 'any' || nodes.includes(node),
    words: ({ nodes }, { node }) => `is for ${[nodes].flat().join(', ')}, not for ${node}`,
  },
  {
    selector: 'uid',
    fits: (registration, candidate) => uidOf(registration, candidate) === candidate.facts.uid,
    words: (registration, candidate) => `wants user ${uidOf(registration, candidate)}`,
  },
  {
    selector: 'gid',
    fits: ({ selectors }, { facts }) => isAny(selectors.gid) || selectors.gid === facts.gid,
    words: ({ selectors }) => `wants group ${selectors.gid}`,
  },
  {
    selector: 'executable',
    fits: ({ selectors: { executable } }, { facts }) =>
      isAny(executable) || executable === facts.executable,
    words: ({ selectors }) => `wants the executable ${selectors.executable}`,
  },
  {
    selector: 'sha256',
    fits: ({ selectors: { sha256 } }, { facts }) =>
      isAny(sha256) || sha256 === facts.executableSha256,
    words: ({ selectors }) => `wants the executable whose SHA-256 is ${selectors.sha256}`,
  },
  {
    selector: 'cgroup',
    fits: ({ selectors: { cgroup } }, { facts }) => isAny(cgroup) || isBelow(facts.cgroup, cgroup),
    words: ({ selectors }) => `wants the control group ${selectors.cgroup}`,
  },
  {
    selector: 'startedByRun',
    fits: ({ selectors }, { facts }) => isAny(selectors.startedByRun) || facts.startedByRun,
    words: () => "wants to be started by `selvage run` as the node's user",
  },
];

/** Does the registration cover the process? */
export const fits = (registration: Registration, candidate: Candidate): boolean =>
  CHECKS.every((check) => check.fits(registration, candidate));

/** All that keeps a registration from covering a process. */
export const misfits = (registration: Registration, candidate: Candidate): readonly Misfit[] =>
  CHECKS.filter((check) => !check.fits(registration, candidate)).map((check) => ({
    selector: check.selector,
    words: check.words(registration, candidate),
  }));

const uidOf = ({ selectors }: Registration, { nodeUid }: Candidate): number =>
  selectors.uid === 'node' ? nodeUid : selectors.uid;

/** A selector that is left out lets all pass. */
const isAny = (wanted: unknown): wanted is undefined => wanted === undefined;

/** That group itself, or one below it: whoever is in charge of a group may divide it (cgroups(7)). */
const isBelow = (group: string | undefined, wanted: string): boolean =>
  group === wanted || group?.startsWith(`${wanted}/`) === true;
