export {
  ACCUSATION_BYTES,
  LIFE_CLAIM_BYTES,
  LONG_BYTES,
  MAX_DATAGRAM_BYTES,
  PROBE_BYTES,
  TAG_BYTES,
} from './layout.ts';
export { writeNumber } from './numbers.ts';
export { DATAGRAM_REFUSALS, type DatagramRefusal } from './refusal.ts';
export { type OpenedMessage, SealedDatagrams } from './sealed-datagrams.ts';
export { memberTag, type TagBook } from './tag.ts';
export { TWIN_ID_BYTES, type TwinMessage } from './twin-message.ts';
