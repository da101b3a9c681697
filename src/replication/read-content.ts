import type { NodeName } from '../core/index.ts';
import type { EpochMs } from '../ports/index.ts';
import { decodePayload } from './envelope.ts';
import type { RecordContent, Sequence, SignedContent } from './record.ts';

/**
 * What a record says, as it was read. Its value stays as it was signed, and is decoded for whoever asks: decoded,
 * a list of empty lists takes 75 times its bytes, and what a writer may occupy is counted in bytes.
 */
export class ReadContent implements SignedContent {
  readonly writer: NodeName;
  readonly kind: string;
  readonly key: string;
  readonly sequence: Sequence;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly tombstone: boolean;
  readonly publicKey: Uint8Array;
  readonly #payload: Uint8Array;

  /** Copies both: views into an envelope would keep all its bytes in memory. */
  constructor(content: RecordContent, publicKey: Uint8Array, payload: Uint8Array) {
    this.writer = content.writer;
    this.kind = content.kind;
    this.key = content.key;
    this.sequence = content.sequence;
    this.issuedAt = content.issuedAt;
    this.expiresAt = content.expiresAt;
    this.tombstone = content.tombstone;
    this.publicKey = publicKey.slice();
    this.#payload = payload.slice();
  }

  get value(): unknown {
    return decodePayload(this.#payload)?.value;
  }
}
