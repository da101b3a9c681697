import type { Space, Store } from '../ports/index.ts';
import { GovernanceError } from './errors.ts';
import {
  byHash,
  type DelegatedRole,
  isDelegatedRole,
  openRepository,
  type Repository,
  type TrustFiles,
} from './repository/index.ts';
import type { TrustSet } from './trust-set.ts';
import { type SkippedTarget, type VerifiedTrust, verified } from './verification/index.ts';

const SPACE = 'trust';
const ROOT = 'root/';
const LIST = 'list/';
const CONTENT = 'content/';

/** What changed, for those who act on it. */
export type TrustChanged = (set: TrustSet, before: TrustSet | undefined) => void;

/**
 * What is in force at this node: kept in the {@link Store}, replaced whole by what was verified, and
 * in force until then however old it grows.
 */
export class TrustStore {
  readonly #store: Store;
  readonly #space: Space;
  readonly #listeners: TrustChanged[] = [];
  readonly #adoptions: (() => void)[] = [];
  #inForce: VerifiedTrust | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#space = store.space(SPACE);
  }

  /**
   * Reads what was adopted before the last stop, and checks every signature and hash of it again;
   * its dates are not asked, because an outage of the authorities must not unload what is in force.
   *
   * @throws GovernanceError TRUST_MISSING, TRUST_CORRUPT
   */
  load(): TrustSet {
    const files = this.#read();
    const opened = openRepository(files);
    if (!opened.ok) throw new GovernanceError('TRUST_CORRUPT', opened.error.detail);
    const reading = verified(opened.value);
    if (!reading.ok) throw new GovernanceError('TRUST_CORRUPT', reading.error.detail);
    this.#inForce = reading.value;
    return reading.value.set;
  }

  /**
   * Puts a verified repository in force: on disk in one transaction first, then for everybody. A listener that throws
   * keeps no other from hearing of it; the first of what they threw is thrown at the end.
   */
  adopt(trust: VerifiedTrust): void {
    this.#store.transaction(() => this.#write(trust.repository.files));
    const before = this.#inForce?.set;
    this.#inForce = trust;
    const changed = before?.digest === trust.set.digest ? [] : this.#listeners;
    tellAll([...changed.map((listener) => () => listener(trust.set, before)), ...this.#adoptions]);
  }

  /** @throws GovernanceError TRUST_MISSING, when nothing was loaded or adopted */
  current(): TrustSet {
    return this.#held().set;
  }

  files(): TrustFiles {
    return this.#held().repository.files;
  }

  /** The signed documents behind {@link current}: versions and dates. */
  repository(): Repository {
    return this.#held().repository;
  }

  /** Signed targets that this version of the software cannot read. */
  skipped(): readonly SkippedTarget[] {
    return this.#held().skipped;
  }

  /** Called after each change of what is in force (not for a timestamp that was only renewed). */
  onChange(listener: TrustChanged): void {
    this.#listeners.push(listener);
  }

  /** Called after each adoption, after {@link onChange}: also of a timestamp that was only renewed. */
  onAdopted(listener: () => void): void {
    this.#adoptions.push(listener);
  }

  #held(): VerifiedTrust {
    if (this.#inForce !== undefined) return this.#inForce;
    throw new GovernanceError('TRUST_MISSING', 'no trust repository is in force at this node');
  }

  #read(): TrustFiles {
    const roots = [...this.#space.entries(ROOT)].map(([, bytes]) => bytes);
    if (roots.length === 0) {
      throw new GovernanceError('TRUST_MISSING', 'no trust repository is stored here');
    }
    const part = (key: string): Uint8Array => {
      const bytes = this.#space.get(key);
      if (bytes !== undefined) return bytes;
      throw new GovernanceError('TRUST_CORRUPT', `${key} is not stored`);
    };
    return {
      roots,
      targets: part('targets'),
      snapshot: part('snapshot'),
      timestamp: part('timestamp'),
      delegated: this.#readDelegated(),
      contents: byHash([...this.#space.entries(CONTENT)].map(([, bytes]) => bytes)),
    };
  }

  #readDelegated(): Map<DelegatedRole, Uint8Array> {
    const found = new Map<DelegatedRole, Uint8Array>();
    for (const [key, bytes] of this.#space.entries(LIST)) {
      const role = key.slice(LIST.length);
      if (isDelegatedRole(role)) found.set(role, bytes);
    }
    return found;
  }

  #write({ roots, targets, snapshot, timestamp, delegated, contents }: TrustFiles): void {
    const next = new Map<string, Uint8Array>([
      ...roots.map((bytes, index) => [`${ROOT}${orderedNumber(index)}`, bytes] as const),
      ...[...delegated].map(([role, bytes]) => [`${LIST}${role}`, bytes] as const),
      ...[...contents].map(([sha256, bytes]) => [`${CONTENT}${sha256}`, bytes] as const),
      ['targets', targets],
      ['snapshot', snapshot],
      ['timestamp', timestamp],
    ]);
    for (const [key, bytes] of [...this.#space.entries()]) {
      const wanted = next.get(key);
      if (wanted === undefined) this.#space.delete(key);
      else if (Buffer.compare(wanted, bytes) === 0) next.delete(key);
    }
    for (const [key, bytes] of next) this.#space.put(key, bytes);
  }
}

function tellAll(listeners: readonly (() => void)[]): void {
  const thrown: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener();
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

/** Entries come in byte order, so numbers are written with all their digits. */
const orderedNumber = (index: number): string => String(index).padStart(10, '0');
