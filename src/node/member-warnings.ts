import { describeDuration } from '../core/index.ts';
import type { Member } from '../membership/index.ts';

/** What of another member a person should look into, in words; nothing of one that is well. */

export function deathWarning({ name, state, lastContactMs }: Member): string[] {
  if (state !== 'dead') return [];
  return lastContactMs === undefined
    ? [`${name} is dead: it has not answered since this node started`]
    : [`${name} is dead: it answered last ${describeDuration(lastContactMs)} ago`];
}

const UDP_PORT = /\/udp\/(\d+)$/;

export function datagramWarning({ name, addresses, withoutDatagramsMs }: Member): string[] {
  if (withoutDatagramsMs === undefined) return [];
  const port = UDP_PORT.exec(addresses.at(-1) ?? '')?.[1];
  const lasts = describeDuration(withoutDatagramsMs);
  return [`${name} has answered by connection only for ${lasts}: open UDP ${port} on the way`];
}
