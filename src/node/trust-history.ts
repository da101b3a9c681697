import type { PastChange } from '../admin/index.ts';
import {
  type Adopted,
  describeLists,
  encodeKeptList,
  formatVersion,
  type History,
  type KeptChange,
  type KeptList,
  type KeptPart,
  listInForce,
  openKeptList,
  parseVersionName,
  type TrustSet,
  type TrustStore,
  type VersionName,
} from '../governance/index.ts';
import type { Clock } from '../ports/index.ts';
import { NodeError } from './errors.ts';

export interface TrustHistoryParts {
  readonly history: History;
  readonly trust: TrustStore;
  readonly clock: Clock;
  /** Nodes that live, this one aside: they may keep what this one does not. */
  readonly others: () => readonly string[];
  /** What the proposal that brought these versions was for, as long as it is known. */
  readonly reasonOf?: NonNullable<Adopted['reasonOf']>;
}

/** What was in force at this node, for people: told, compared, and handed out to be put in force again. */
export class TrustHistory {
  readonly #parts: TrustHistoryParts;
  readonly #history: History;
  #last: TrustSet | undefined;

  constructor(parts: TrustHistoryParts) {
    this.#parts = parts;
    this.#history = parts.history;
  }

  /** Remembers what is in force: to be called at the start, and after each adoption. */
  readonly follow = (): void => {
    const { trust, clock, reasonOf } = this.#parts;
    const set = trust.current();
    const adopted = { repository: trust.repository(), set, adoptedAtMs: clock.now() };
    this.#history.remember(reasonOf === undefined ? adopted : { ...adopted, reasonOf }, this.#last);
    this.#last = set;
  };

  /** Newest first. */
  changes(): PastChange[] {
    return this.#history.changes.map((change) => this.#told(change)).toReversed();
  }

  /** The change since which a version of a list is in force; undefined when it is not known here. */
  since({ role, version }: VersionName): KeptChange | undefined {
    return this.#history.changes.find(({ parts }) =>
      parts.some((part) => part.role === role && part.version >= version),
    );
  }

  /** The change by which what is in force came. */
  get last(): KeptChange | undefined {
    return this.#history.changes.at(-1);
  }

  /** @throws NodeError VERSION_MALFORMED, VERSION_NOT_KEPT, VERSIONS_OF_TWO_LISTS */
  difference(from: string, to: string | undefined) {
    const before = versionNamed(from);
    const after = to === undefined ? this.#inForce(before) : versionNamed(to);
    if (after.role !== before.role) {
      const message = `${from} and ${to} are versions of two lists`;
      throw new NodeError('VERSIONS_OF_TWO_LISTS', message);
    }
    const { trustDomain } = this.#parts.trust.current();
    const lines = describeLists(before.role, this.#open(before), this.#open(after), trustDomain);
    return { from: formatVersion(before), to: formatVersion(after), lines };
  }

  /** In base64. @throws NodeError VERSION_MALFORMED, VERSION_NOT_KEPT */
  list(version: string): string {
    return Buffer.from(encodeKeptList(this.#kept(versionNamed(version)))).toString('base64');
  }

  #open(name: VersionName) {
    const opened = openKeptList(this.#parts.trust.repository(), name, this.#kept(name));
    if (opened.ok) return opened.value;
    throw new NodeError('VERSION_NOT_KEPT', `${formatVersion(name)} is damaged: ${opened.error}`);
  }

  #kept(name: VersionName): KeptList {
    const repository = this.#parts.trust.repository();
    const isInForce = repository.lists.get(name.role)?.signed.version === name.version;
    const inForce = isInForce ? listInForce(repository, name.role) : undefined;
    if (inForce !== undefined) return inForce;
    const kept = this.#history.list(name);
    if (kept.ok) return kept.value;
    const others = this.#parts.others();
    const message = `version ${formatVersion(name)} is not kept here: ${kept.error}`;
    const remedy =
      others.length === 0
        ? 'Choose a version that `selvage history` shows.'
        : `Choose one that \`selvage history\` shows, or ask on a node that has been there longer: ${others.join(', ')}.`;
    throw new NodeError('VERSION_NOT_KEPT', message, { remedy });
  }

  #inForce({ role, version }: VersionName): VersionName {
    const list = this.#parts.trust.repository().lists.get(role);
    if (list !== undefined) return { role, version: list.signed.version };
    const message = `the list of ${formatVersion({ role, version })} is not in force any more: name two versions`;
    throw new NodeError('VERSION_NOT_KEPT', message);
  }

  #told(change: KeptChange): PastChange {
    const { parts, digest, adoptedAtMs, publishedAtMs, publisher, lines, missed, reason } = change;
    return {
      parts: parts
        .filter(({ isNew }) => isNew)
        .map(({ signedBy, ...part }) => ({ version: nameOf(part), signedBy })),
      digest,
      ...(publishedAtMs === undefined ? {} : { publishedAt: iso(publishedAtMs) }),
      ...(publisher === undefined ? {} : { publishedBy: publisher }),
      adoptedAt: iso(adoptedAtMs),
      lines,
      missed,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}

/** @throws NodeError VERSION_MALFORMED */
export function versionNamed(text: string): VersionName {
  const name = parseVersionName(text);
  if (name.ok) return name.value;
  throw new NodeError('VERSION_MALFORMED', name.error);
}

const nameOf = ({ role, version }: Pick<KeptPart, 'role' | 'version'>): string =>
  role === 'root' ? `root ${version}` : formatVersion({ role, version });

const iso = (ms: number): string => new Date(ms).toISOString();
