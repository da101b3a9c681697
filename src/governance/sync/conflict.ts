import type { Repository, TargetsRole } from '../repository/index.ts';
import { isSameContent } from './same-content.ts';
import { beats, standingOf } from './standing.ts';

/** What went wrong among authorities or governors: few and closed, because they label a metric. */
export type ConflictKind =
  | 'parted'
  | 'older-lists'
  | 'same-version'
  | 'took-back'
  | 'fast-forward'
  | 'numbers-exhausted'
  | 'lower-list'
  | 'two-roots';

/** What each kind asks of a person. */
export const CONFLICT_REMEDIES: Readonly<Record<ConflictKind, string>> = {
  parted:
    'Nothing: authorities published apart from each other, and one of them brings it together.',
  'older-lists':
    'Nothing, if it is rare: the authority did not know the newer lists. If it lasts, its key may be stolen: remove it with `selvage authority remove --stolen`.',
  'same-version':
    'Look at what is in force with `selvage get`; propose the change that was lost again if it is still wanted.',
  'took-back':
    'The authority’s key is stolen, or its data directory was set back to a backup: remove it with `selvage authority remove --stolen`.',
  'fast-forward':
    'The authority’s key may be stolen: remove it with `selvage authority remove --stolen`. Numbers then start anew.',
  'numbers-exhausted':
    'Remove the authority that used the numbers up with `selvage authority remove --stolen`: they then start anew.',
  'lower-list':
    'Let the team of the namespace sign any change, and again until its version is high enough (`selvage propose`).',
  'two-roots':
    'Let the governors sign the next root (`selvage authority add` or `remove`, `selvage governor rotate`) with keys that count in both: nodes of both halves follow it. Then ask who signed twice.',
};

export interface Conflict {
  readonly kind: ConflictKind;
  /** For a log and for a person: which list, which versions. */
  readonly detail: string;
}

/** What is to be said of a repository that is signed, and is not what is held: undefined when it is simply another one. */
export function conflictWith(held: Repository, fork: Repository): Conflict {
  const own = standingOf(held).lists;
  const theirs = standingOf(fork).lists;
  const roles = [...theirs.keys()].filter((role) => own.has(role));
  const at = (lists: typeof own, role: TargetsRole) =>
    lists.get(role) ?? { version: 0, sha256: '' };
  const twin = roles.find((role) => areTwins(held, fork, role));
  if (twin !== undefined) return sameVersion(held, fork, twin);
  const newer = roles.find((role) => beats(at(theirs, role), at(own, role)));
  const older = roles.find((role) => beats(at(own, role), at(theirs, role)));
  const numbers = `snapshot ${fork.snapshot.signed.version} (here ${held.snapshot.signed.version})`;
  if (newer === undefined && older !== undefined) {
    const versions = `${at(theirs, older).version}, and ${at(own, older).version} is in force`;
    return { kind: 'older-lists', detail: `${numbers} names ${older} ${versions}` };
  }
  const what = newer === undefined ? 'no list' : `${newer} ${at(theirs, newer).version}`;
  return { kind: 'parted', detail: `${numbers} names ${what} that is not in force here` };
}

/** Two contents under one version, both signed: not one content with other signatures. */
export function areTwins(a: Repository, b: Repository, role: TargetsRole): boolean {
  const [one, other] = [a.lists.get(role), b.lists.get(role)];
  return (
    one !== undefined && other?.signed.version === one.signed.version && !isSameContent(one, other)
  );
}

/** Of two lists under one version the one that is lost: said where it was in force. */
export function sameVersion(a: Repository, b: Repository, role: TargetsRole): Conflict {
  const [one, other] = [standingOf(a).lists.get(role), standingOf(b).lists.get(role)];
  const [kept, lost] =
    one !== undefined && other !== undefined && beats(other, one) ? [other, one] : [one, other];
  const detail = `two lists ${role} ${kept?.version} were signed: ${kept?.sha256} stays, ${lost?.sha256} is lost`;
  return { kind: 'same-version', detail };
}
