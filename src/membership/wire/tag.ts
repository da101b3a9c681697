import type { NodeName } from '../../core/index.ts';
import { sha256 } from '../../crypto/index.ts';
import type { Handle } from '../swim/roster.ts';
import { TAG_BYTES } from './layout.ts';

/** Who is named by which tag, among the members that this node knows. */
export interface TagBook {
  /** Writes a member's tag, {@link TAG_BYTES} bytes, into `bytes` from `at` on. */
  writeTag(member: Handle, bytes: Uint8Array, at: number): void;
  /** The member whose tag begins at `at`. */
  memberAt(bytes: Uint8Array, at: number): Handle | undefined;
}

/**
 * How datagrams name a membership: the beginning of a hash over all that its credential binds together, in
 * hex. A key that comes under another name, or at another epoch, is somebody else.
 */
export function memberTag(name: NodeName, epoch: number, publicKey: Uint8Array): string {
  const text = new TextEncoder().encode(`${name}\0${epoch}\0`);
  const whole = new Uint8Array(text.length + publicKey.length);
  whole.set(text);
  whole.set(publicKey, text.length);
  return Buffer.from(sha256(whole)).toString('hex', 0, TAG_BYTES);
}
