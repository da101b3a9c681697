import { encode } from '@ipld/dag-cbor';
import { decodeUntrusted, isBytes } from './cbor.ts';

/** One that is in use, and one by another authority in case that the first one's is taken out of force. */
export const MAX_SHOWN_CREDENTIALS = 2;

/** What a node shows: a single credential as it is, two as a list in DAG-CBOR. */
export function showCredentials(credentials: readonly Uint8Array[]): Uint8Array {
  const [only, ...more] = credentials;
  return only !== undefined && more.length === 0 ? only : encode([...credentials]);
}

/**
 * The credentials in what somebody shows, the one in use first; each is yet to be judged. Whatever is no list of at most
 * {@link MAX_SHOWN_CREDENTIALS} counts as a single one.
 */
export function readShownCredentials(shown: Uint8Array): readonly Uint8Array[] {
  const value = decodeUntrusted(shown);
  const isList =
    Array.isArray(value) && value.length === MAX_SHOWN_CREDENTIALS && value.every(isBytes);
  return isList ? value : [shown];
}
