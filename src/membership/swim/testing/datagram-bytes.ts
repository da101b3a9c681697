import type { Content } from '../message.ts';

const FRAME_BYTES = 28 + 96;
const LIFE_CLAIM_BYTES = 79;
const ACCUSATION_BYTES = 87;

/** What a message takes on the wire, with the headers of IP and UDP. */
export function datagramBytes({ body, statements }: Content): number {
  let bytes = FRAME_BYTES;
  if (body.type === 'ping') bytes += body.origin === undefined ? 4 : 12;
  else if (body.type === 'ack') bytes += body.proof === undefined ? 12 : 84;
  else if (body.type === 'ping-request') bytes += 12;
  else if (body.type === 'nack') bytes += 4;
  for (const { about } of statements)
    bytes += about === 'life' ? LIFE_CLAIM_BYTES : ACCUSATION_BYTES;
  return bytes;
}
