import type { Field } from '../../http/field.ts';

/** Up to this length a loop is quicker than a call of the runtime's own writer. */
const LOOP_OCTETS = 64;

/** RFC 7541 section 5.1: `first` holds the bits before the prefix. Returns where it ends. */
export function writeInteger(
  into: Buffer,
  at: number,
  first: number,
  prefixMask: number,
  value: number,
): number {
  if (value < prefixMask) {
    into[at] = first | value;
    return at + 1;
  }
  into[at] = first | prefixMask;
  let end = at + 1;
  let rest = value - prefixMask;
  for (; rest > 0x7f; rest >>>= 7) into[end++] = (rest & 0x7f) | 0x80;
  into[end++] = rest;
  return end;
}

/** RFC 7541 section 5.2, each character one octet, not Huffman coded. Returns where it ends. */
function writeString(into: Buffer, at: number, text: string): number {
  const { length } = text;
  const from = writeInteger(into, at, 0x00, 0x7f, length);
  if (length > LOOP_OCTETS) into.write(text, from, length, 'latin1');
  else for (let index = 0; index < length; index++) into[from + index] = text.charCodeAt(index);
  return from + length;
}

/** RFC 7541 section 6.2: the name by its index, or itself where that is 0, then the value. */
export function writeLiteral(
  into: Buffer,
  at: number,
  first: number,
  prefixMask: number,
  nameIndex: number,
  field: Field,
): number {
  let end = writeInteger(into, at, first, prefixMask, nameIndex);
  if (nameIndex === 0) end = writeString(into, end, field.name);
  return writeString(into, end, field.value);
}
