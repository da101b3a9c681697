import { CONTINUATION_FRAMES, FIELD_LIST_BYTES } from '../limits.ts';
import { ByteQueue } from './byte-queue.ts';

/** A header block that comes in several frames (RFC 9113 section 4.3), until it is whole. */
export class HeaderBlock {
  /** 0: none has begun. */
  streamId = 0;
  endsStream = false;
  readonly bytes = new ByteQueue();
  #frames = 0;

  begin(streamId: number, endsStream: boolean): void {
    this.streamId = streamId;
    this.endsStream = endsStream;
    this.#frames = 0;
  }

  /** False: too many frames, or too many bytes (CVE-2024-27919, CVE-2024-28182). */
  add(bytes: Buffer, from: number, to: number): boolean {
    if (to > from) this.bytes.append(bytes, from, to);
    return this.#frames++ <= CONTINUATION_FRAMES && this.bytes.size <= FIELD_LIST_BYTES;
  }

  clear(): void {
    this.streamId = 0;
    this.bytes.clear();
  }
}
