import { err, type Result } from '../core/index.ts';
import type { Gauge, Log } from '../ports/index.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { KindOwner, QuarantinedRecord } from './kind-owner.ts';
import type { RecordId } from './record.ts';

/** How much is said of why a record was quarantined, characters. */
const MAX_REASON_LENGTH = 160;

/** One kind with its owner, whom nothing that a record says can make a nuisance to others. */
export interface OwnedKind {
  set(record: IndexedRecord): void;
  unset(id: RecordId): void;
  quarantined(): readonly QuarantinedRecord[];
}

/** Where quarantined records are counted and told. */
export interface Ward {
  readonly kind: string;
  readonly log: Log;
  readonly count: Gauge<'kind'>;
}

/** Hands records of one kind to their owner, and keeps from it those that it could not take. */
export function ownedKind<Value>(owner: KindOwner<Value>, { kind, log, count }: Ward): OwnedKind {
  /** Of records in force only, so their quotas bound it. */
  const quarantined = new Map<RecordId, QuarantinedRecord>();
  const release = (id: RecordId): void => {
    if (quarantined.delete(id)) count.set({ kind }, quarantined.size);
  };
  const unset = (id: RecordId): void => {
    try {
      owner.unset(id);
    } catch (error) {
      log.error('the owner of a kind could not let go of a record', { kind, record: id, error });
    }
  };
  count.set({ kind }, 0);
  return {
    set(record) {
      release(record.id);
      const taken = handOver(owner, record);
      if (taken.ok) return;
      const reason = taken.error.slice(0, MAX_REASON_LENGTH);
      quarantined.set(record.id, { id: record.id, hash: record.hash, reason });
      count.set({ kind }, quarantined.size);
      // The first is news; a liar could make thousands, and they are listed where somebody looks.
      const level = quarantined.size === 1 ? 'warn' : 'debug';
      log[level]('a record is quarantined', { kind, record: record.id, reason });
      unset(record.id);
    },
    unset(id) {
      release(id);
      unset(id);
    },
    quarantined: () => [...quarantined.values()],
  };
}

function handOver<Value>(
  owner: KindOwner<Value>,
  { id, content }: IndexedRecord,
): Result<unknown, string> {
  const { writer, key, sequence, publicKey } = content;
  try {
    const read = owner.read(content.value, writer);
    if (read.ok) owner.set({ id, writer, key, sequence, publicKey, value: read.value });
    return read;
  } catch (error) {
    return err(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}
