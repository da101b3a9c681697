import type { NodeName } from '../../core/index.ts';
import { sha256 } from '../../crypto/index.ts';
import type { Handle, RosterEntry } from '../swim/roster.ts';
import { memberTag, TAG_BYTES, type TagBook } from '../wire/index.ts';

/** The i-th of some made-up members; its key is one in length only. */
export function sampleEntry(i: number): RosterEntry {
  const name = `n${i}` as NodeName; // a label
  const publicKey = sha256(new TextEncoder().encode(name));
  return {
    name,
    publicKey,
    epoch: 1,
    peerId: `peer-${name}`,
    addresses: [`/ip4/10.0.0.${i}/tcp/7600`],
    address: { host: `10.0.0.${i}`, port: 7600 },
    tag: memberTag(name, 1, publicKey),
  };
}

/** Knows the first `count` of them, the i-th under the handle i. */
export class SampleBook implements TagBook {
  readonly #entries: readonly RosterEntry[];

  constructor(count: number) {
    this.#entries = Array.from({ length: count }, (_, i) => sampleEntry(i));
  }

  entry(member: Handle): RosterEntry {
    const entry = this.#entries[member];
    if (entry === undefined) throw new Error(`there is no member ${member}`);
    return entry;
  }

  writeTag(member: Handle, bytes: Uint8Array, at: number): void {
    bytes.set(Uint8Array.fromHex(this.entry(member).tag), at);
  }

  memberAt(bytes: Uint8Array, at: number): Handle | undefined {
    const tag = bytes.slice(at, at + TAG_BYTES).toHex();
    const found = this.#entries.findIndex((entry) => entry.tag === tag);
    return found < 0 ? undefined : found;
  }
}
