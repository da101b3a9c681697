import { decodeRecords, decodeState, type SyncRequest } from '../messages.ts';

/** How many records an answer has: those that were asked for by name, or those that it brings unasked for. */
export function handedOver(request: SyncRequest, answer: Uint8Array): number {
  if (request.ask === 'state') {
    const state = decodeState(answer);
    return state.ok ? (state.value.brought?.length ?? 0) : 0;
  }
  if (request.ask !== 'records') return 0;
  const records = decodeRecords(answer, request.ids.length);
  return records.ok ? records.value.filter((bytes) => bytes !== undefined).length : 0;
}
