import type { EpochMs } from '../ports/index.ts';
import {
  holdsUntil,
  type RecordHead,
  type RecordId,
  recordId,
  type Sequence,
  type SignedContent,
} from './record.ts';
import { type Place, placeOf, type TreeItem } from './subtree.ts';

/** A record as the index holds it: what it says, without the bytes that prove it. */
export class IndexedRecord implements RecordHead, TreeItem {
  readonly id: RecordId;
  readonly place: Place;
  readonly sequence: Sequence;
  readonly hash: string;
  readonly content: SignedContent;
  /** Of the envelope, as it travels. */
  readonly bytes: number;

  constructor(content: SignedContent, hash: string, bytes: number) {
    this.id = recordId(content.writer, content.kind, content.key);
    this.place = placeOf(this.id);
    this.sequence = content.sequence;
    this.content = content;
    this.hash = hash;
    this.bytes = bytes;
  }

  /** When it goes out of force. */
  get expiresAt(): EpochMs {
    return holdsUntil(this.content);
  }

  get count(): number {
    return 1;
  }

  get line(): string {
    const { epoch, boot, n } = this.sequence;
    return `${this.id} ${epoch}.${boot}.${n} ${this.hash}`;
  }
}
