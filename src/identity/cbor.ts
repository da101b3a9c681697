import { decode } from '@ipld/dag-cbor';

/** What hostile bytes say in DAG-CBOR; undefined when they are none. */
export function decodeUntrusted(bytes: Uint8Array): unknown {
  try {
    return decode<unknown>(bytes);
  } catch {
    return undefined; // not DAG-CBOR: the caller says what that means
  }
}

/** The fields of a decoded map, each yet to be checked; none when it is no map. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>) // what is left is a map
    : {};

export const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/** A whole number from 0 on that JavaScript holds exactly. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
