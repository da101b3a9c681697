import { Field } from '../../../http/field.ts';
import type { HpackDecoder, HpackEncoder, HpackOutcome } from '../index.ts';

/** A field as tests write it down. */
export type Pair = readonly [name: string, value: string];

export interface ReadBlock {
  readonly outcome: HpackOutcome;
  readonly fields: readonly Field[];
}

export const pairsOf = (fields: readonly Field[]): readonly Pair[] =>
  fields.map(({ name, value }): Pair => [name, value]);

export const fieldsOf = (pairs: readonly Pair[]): readonly Field[] =>
  pairs.map(([name, value]) => new Field(name, value));

/** The octets of hexadecimal digits, which may stand in groups. */
export const octets = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');

/** Reads one block that stands in the middle of something else. */
export function read(decoder: HpackDecoder, block: Buffer): ReadBlock {
  const fields: Field[] = [];
  const around = Buffer.concat([Buffer.from([0x82]), block, Buffer.from([0x82])]);
  const outcome = decoder.decode(around, 1, 1 + block.length, {
    field: (field) => fields.push(field),
  });
  return { outcome, fields };
}

/** Writes one block; fails when a field takes more than its size. */
export function written(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
  const into = Buffer.alloc(fields.reduce((sum, { size }) => sum + size, 64));
  let at = encoder.begin(into, 0);
  for (const field of fields) {
    const end = encoder.put(field, into, at);
    if (end - at > field.size) throw new Error(`${end - at} octets for a field of ${field.size}`);
    at = end;
  }
  return into.subarray(0, at);
}
