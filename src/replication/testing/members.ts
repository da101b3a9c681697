import { err, type NodeName, ok } from '../../core/index.ts';
import {
  generatePrivateKey,
  type PrivateKey,
  publicKeyOf,
  rawPublicKey,
  sha256Hex,
} from '../../crypto/index.ts';
import { openStore } from '../../platform/sqlite-store.ts';
import type { Store } from '../../ports/index.ts';
import { type FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { encodeEnvelope, encodePayload } from '../envelope.ts';
import type { RecordLimits } from '../limits.ts';
import type { RecordContent } from '../record.ts';
import { RecordStore } from '../record-store.ts';
import type { LoadRecords } from '../stored-records.ts';
import { signRecord, verifyRecordSignature, type Writer, type WriterCheck } from '../writer.ts';

export const HOUR_MS = 60 * 60 * 1_000;

/** Credentials of a made-up authority: readable JSON with a keyed hash. Records are signed for real. */
export class TestAuthority {
  /** Names whose credentials no longer count. */
  readonly distrusted = new Set<string>();
  readonly #secret = 'known to this test only';

  issue(node: NodeName, key: PrivateKey<'ed25519'>, epoch: number, expiresAt: number): Uint8Array {
    const facts = JSON.stringify({ node, key: hex(key), epoch, expiresAt });
    return new TextEncoder().encode(`${facts}\n${this.#seal(facts)}`);
  }

  readonly check: WriterCheck = {
    verifySignature: verifyRecordSignature,
    verifyWriter: (credential, publicKey, at) => {
      const [facts = '', seal] = new TextDecoder().decode(credential).split('\n');
      if (seal !== this.#seal(facts)) return err('no authority signed it');
      const { node, key, epoch, expiresAt } = JSON.parse(facts);
      if (this.distrusted.has(node)) return err('its authority is not in force');
      if (expiresAt <= at) return err('it has ended');
      if (key !== Buffer.from(publicKey).toString('hex')) return err('for another key');
      return ok({ node, epoch, expiresAt });
    },
  };

  #seal(facts: string): string {
    return sha256Hex(new TextEncoder().encode(this.#secret + facts));
  }
}

const hex = (key: PrivateKey<'ed25519'>): string =>
  Buffer.from(rawPublicKey(publicKeyOf(key))).toString('hex');

export interface MemberOptions {
  readonly clock: FakeClock;
  readonly authority: TestAuthority;
  readonly key?: PrivateKey<'ed25519'>;
  readonly epoch?: number;
  readonly credentialLifeMs?: number;
  readonly limits?: RecordLimits;
  readonly disk?: Store;
  readonly load?: LoadRecords;
  readonly clockOffsetMs?: () => number | undefined;
}

/** A node that can write records, restart, lose its disk, and sign what it should not. */
export class Member {
  readonly name: NodeName;
  readonly key: PrivateKey<'ed25519'>;
  readonly log = recordingLog();
  readonly meter = recordingMeter();
  readonly epoch: number;
  readonly #options: MemberOptions;
  disk: Store;
  records: RecordStore;
  credentialEndsAt: number;

  constructor(name: string, options: MemberOptions) {
    this.name = name as NodeName; // tests choose labels
    this.#options = options;
    this.key = options.key ?? generatePrivateKey('ed25519');
    this.epoch = options.epoch ?? 1;
    this.credentialEndsAt = options.clock.now() + (options.credentialLifeMs ?? 168 * HOUR_MS);
    this.disk = options.disk ?? openStore(':memory:');
    this.records = this.restart();
  }

  /** Opens the records anew, from the same disk or from `disk`. */
  restart(disk: Store = this.disk): RecordStore {
    const { authority, key: _, ...options } = this.#options;
    this.disk = disk;
    this.records = new RecordStore({
      ...options,
      store: disk,
      log: this.log,
      meter: this.meter,
      writer: this.writer,
      check: authority.check,
    });
    return this.records;
  }

  get writer(): Writer {
    return {
      node: this.name,
      publicKey: rawPublicKey(publicKeyOf(this.key)),
      sign: (payload) => signRecord(this.key, payload),
      credential: () => ({
        bytes: this.credential(),
        epoch: this.epoch,
        expiresAt: this.credentialEndsAt,
      }),
    };
  }

  credential(): Uint8Array {
    return this.#options.authority.issue(this.name, this.key, this.epoch, this.credentialEndsAt);
  }

  /** A record that is good but for what `changes` says, as a liar would sign it. */
  forge(changes: Partial<RecordContent> = {}): Uint8Array {
    const now = this.#options.clock.now();
    const payload = encodePayload({
      writer: this.name,
      kind: 'node',
      key: 'self',
      value: 'forged',
      sequence: { epoch: this.epoch, boot: 1, n: 0 },
      issuedAt: now,
      expiresAt: now + HOUR_MS,
      tombstone: false,
      ...changes,
    });
    return encodeEnvelope({
      payload,
      publicKey: this.writer.publicKey,
      signature: this.writer.sign(payload),
      credential: this.credential(),
    });
  }

  bytesOf(kind: string, key: string): Uint8Array {
    const bytes = this.records.bytesOf(`${this.name}/${kind}/${key}`);
    if (bytes === undefined) throw new Error(`${this.name} has no ${kind}/${key}`);
    return bytes;
  }
}

/** What all records of a kind say, by `<writer>/<key>`. */
export const said = (records: RecordStore, kind: string): Record<string, unknown> =>
  Object.fromEntries(
    [...records.snapshot().records()]
      .filter(({ content }) => content.kind === kind && !content.tombstone)
      .map(({ content }) => [`${content.writer}/${content.key}`, content.value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
