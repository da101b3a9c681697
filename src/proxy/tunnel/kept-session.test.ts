import { expect, test } from 'bun:test';
import { KEPT_SESSION_BYTES } from '../limits.ts';
import type { Credential } from '../mesh-view.ts';
import type { PartySocket } from '../party.ts';
import { KeptSession } from './index.ts';

/** One that has `session`, and notes what is offered. */
function socketWith(session?: Uint8Array) {
  const offered: Uint8Array[] = [];
  const part = {
    getSession: () => session,
    setSession: (bytes: Uint8Array) => void offered.push(bytes),
  };
  return { offered, socket: part as unknown as PartySocket }; // these two are all that is used
}

const OWN = {} as Credential; // told apart by which object it is
const OTHER = {} as Credential;

function offeredBy(kept: KeptSession, credential: Credential): number {
  const { socket, offered } = socketWith();
  kept.offer(socket, credential);
  return offered.length;
}

test('a session is offered under the credential that it began with, and then under no other', () => {
  const kept = new KeptSession();
  kept.keep(socketWith(Buffer.from('session')).socket, OWN);
  expect(offeredBy(kept, OWN)).toBe(1);
  expect(offeredBy(kept, OTHER)).toBe(0);
  expect(offeredBy(kept, OWN)).toBe(0);
});

test('a session whose handshake came to nothing is not offered again', () => {
  const kept = new KeptSession();
  kept.keep(socketWith(Buffer.from('session')).socket, OWN);
  kept.forget();
  expect(offeredBy(kept, OWN)).toBe(0);
});

test('a session larger than a ticket and two chains need is not kept', () => {
  const kept = new KeptSession();
  kept.keep(socketWith(Buffer.alloc(KEPT_SESSION_BYTES + 1)).socket, OWN);
  expect(offeredBy(kept, OWN)).toBe(0);
  kept.keep(socketWith(Buffer.alloc(KEPT_SESSION_BYTES)).socket, OWN);
  expect(offeredBy(kept, OWN)).toBe(1);
});
