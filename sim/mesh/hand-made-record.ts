import * as dagCbor from '@ipld/dag-cbor';
import type { NodeName } from '../../src/core/index.ts';
import type { EpochMs } from '../../src/ports/index.ts';
import type { Writer } from '../../src/replication/index.ts';

/** What a record says, in the words of its payload on the wire. */
export interface Payload {
  readonly writer: NodeName;
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
  readonly epoch: number;
  readonly boot: number;
  readonly n: number;
  readonly issuedAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly tombstone: boolean;
}

const LIFE_MS = 60 * 60 * 1_000;

/** A payload with a record's every field, that holds now, but for what `lie` says otherwise. */
export const payloadOf = (writer: Writer, now: EpochMs, lie: Partial<Payload>): Payload => ({
  writer: writer.node,
  kind: 'endpoint',
  key: 'lie',
  value: 'a lie',
  tombstone: false,
  epoch: writer.credential().epoch,
  boot: 1,
  n: 0,
  issuedAt: now,
  expiresAt: now + LIFE_MS,
  ...lie,
});

/** A record as it travels, signed by whoever holds `writer`'s key, whatever it says. */
export function sealed(writer: Writer, payload: Payload): Uint8Array {
  const bytes = dagCbor.encode(payload);
  const { publicKey } = writer;
  return dagCbor.encode([bytes, publicKey, writer.sign(bytes), writer.credential().bytes]);
}
