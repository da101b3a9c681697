import type { NodeName } from '../../core/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter } from '../../ports/index.ts';
import { CONFLICT_REMEDIES, type Conflict, type ConflictKind } from './conflict.ts';
import type { OnlineSigner } from './online-signer.ts';

/** One kind of trouble by one signer, as often as it came. */
export interface TrustConflict extends Conflict {
  readonly remedy: string;
  /** Who signed what this node could not follow: the node that has the key, and the key's TUF id. */
  readonly authority?: NodeName;
  readonly keyId?: string;
  readonly firstAtMs: EpochMs;
  readonly lastAtMs: EpochMs;
  readonly times: number;
}

/** A few kinds by a few signers; a list that people read. */
const MAX_CONFLICTS = 64;
/** One kind of trouble by one signer is told once in this time, however often it comes; it is counted each time. */
const LOG_PERIOD_MS = 60_000;

/** What authorities and governors did that needs somebody's eye: counted, told, and kept to be asked for. */
export class ConflictBook {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #counted: Counter<'kind'>;
  /** By kind and key, the latest last. */
  readonly #entries = new Map<string, Entry>();

  constructor({ clock, log, meter }: { clock: Clock; log: Log; meter: Meter }) {
    this.#clock = clock;
    this.#log = log;
    this.#counted = meter.counter({
      name: 'selvage_trust_conflicts_total',
      help: 'Signed states of the trust repository that contradict what is in force here, by kind',
      labels: ['kind'],
    });
  }

  /** The latest first. */
  all(): readonly TrustConflict[] {
    return [...this.#entries.values()].map(({ conflict }) => conflict).reverse();
  }

  record({ kind, detail }: Conflict, signer: Partial<OnlineSigner> = {}): void {
    this.#counted.add({ kind });
    const key = `${kind} ${signer.keyId}`;
    const before = this.#entries.get(key);
    const now = this.#clock.now();
    const isQuiet = before !== undefined && now - before.toldAtMs < LOG_PERIOD_MS;
    const conflict = {
      kind,
      detail,
      remedy: CONFLICT_REMEDIES[kind],
      ...signer,
      firstAtMs: before?.conflict.firstAtMs ?? now,
      lastAtMs: now,
      times: (before?.conflict.times ?? 0) + 1,
    };
    this.#entries.delete(key);
    this.#entries.set(key, { conflict, toldAtMs: isQuiet ? before.toldAtMs : now });
    const [oldest = key] = this.#entries.keys();
    if (this.#entries.size > MAX_CONFLICTS) this.#entries.delete(oldest);
    if (!isQuiet) this.#tell(conflict);
  }

  #tell({ kind, detail, remedy, authority, keyId }: TrustConflict): void {
    const fields = { kind, detail, remedy, authority, keyId };
    if (isGrave(kind)) this.#log.error('conflict in the trust repository', fields);
    else this.#log.warn('conflict in the trust repository', fields);
  }
}

interface Entry {
  readonly conflict: TrustConflict;
  readonly toldAtMs: EpochMs;
}

/** Authorities that could not reach each other are nobody's fault. */
const isGrave = (kind: ConflictKind): boolean => kind !== 'parted' && kind !== 'older-lists';
