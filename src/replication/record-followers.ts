import type { Gauge, Log, Meter } from '../ports/index.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { KindOwner, QuarantinedRecord } from './kind-owner.ts';
import { type OwnedKind, ownedKind } from './owned-kind.ts';
import type { RecordChange } from './record-change.ts';

/** Who is told of what comes into force and goes out of it; one that chokes keeps nothing from the others. */
export class RecordFollowers {
  readonly #log: Log;
  readonly #quarantine: Gauge<'kind'>;
  readonly #owned = new Map<string, OwnedKind>();
  readonly #listeners: ((changes: readonly RecordChange[]) => void)[] = [];

  constructor(log: Log, meter: Meter) {
    this.#log = log;
    this.#quarantine = meter.gauge({
      name: 'selvage_quarantined_records',
      help: 'Records in force that the owner of their kind could not take, by kind',
      labels: ['kind'],
    });
  }

  /** @throws TypeError when the kind has an owner */
  own<Value>(kind: string, owner: KindOwner<Value>, present: Iterable<IndexedRecord>): void {
    if (this.#owned.has(kind)) throw new TypeError(`the kind '${kind}' has an owner`);
    const owned = ownedKind(owner, { kind, log: this.#log, count: this.#quarantine });
    this.#owned.set(kind, owned);
    for (const record of present) {
      if (record.content.kind === kind && !record.content.tombstone) owned.set(record);
    }
  }

  onChange(changed: (changes: readonly RecordChange[]) => void): void {
    this.#listeners.push(changed);
  }

  quarantined(): readonly QuarantinedRecord[] {
    return [...this.#owned.values()].flatMap((owned) => owned.quarantined());
  }

  tell(changes: readonly RecordChange[]): void {
    if (changes.length === 0) return;
    for (const { record, bytes } of changes) {
      const owned = this.#owned.get(record.content.kind);
      if (bytes !== undefined && !record.content.tombstone) owned?.set(record);
      else owned?.unset(record.id);
    }
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        this.#log.error('a consumer of records failed', { error, records: changes.length });
      }
    }
  }
}
