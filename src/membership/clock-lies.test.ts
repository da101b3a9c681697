import { expect, test } from 'bun:test';
import { memberEntry } from './member-entry.ts';
import { hashSeals, SmallMesh } from './testing/index.ts';
import { SealedDatagrams, TAG_BYTES } from './wire/index.ts';

const HOUR_MS = 3_600_000;

/** The `i`-th member of the mesh: its clock is an hour ahead, it answers who asks, and `spam` all others unasked. */
function liar(mesh: SmallMesh, i: number, members: number) {
  const entries = Array.from({ length: members + 1 }, (_, n) => {
    const entry = memberEntry(mesh.known(Math.max(n, 1)));
    if (!entry.ok) throw new Error(entry.error);
    return entry.value;
  });
  const entryOf = (n: number) => {
    const entry = entries[n];
    if (entry === undefined) throw new Error(`there is no member ${n}`);
    return entry;
  };
  const self = entryOf(i);
  const book = {
    entry: entryOf,
    writeTag: (n: number, bytes: Uint8Array, at: number) =>
      bytes.set(Uint8Array.fromHex(entryOf(n).tag), at),
    memberAt: (bytes: Uint8Array, at: number) => {
      const tag = bytes.slice(at, at + TAG_BYTES).toHex();
      return entries.findLastIndex((entry) => entry.tag === tag);
    },
  };
  const seals = hashSeals(self.publicKey);
  const sealed = new SealedDatagrams({ self: i, book, seals, starts: { boot: 1 } });
  const ack = (to: number, probe: number) => {
    const body = { type: 'ack', probe, subject: i } as const;
    const sentAt = mesh.clock.now() + HOUR_MS;
    socket.send(sealed.seal(to, { body, statements: [] }, sentAt), entryOf(to).address);
  };
  const socket = mesh.datagrams.datagrams.bind(self.address, {
    received: (bytes, from) => {
      const opened = sealed.open(bytes, from, mesh.clock.monotonic());
      if (typeof opened === 'string' || opened.from === 'twin') return;
      const { body } = opened.message;
      if (body.type === 'ping') ack(opened.from, body.probe);
    },
  });
  return { spam: (to: number) => ack(to, 1) };
}

test('a few members that speak of the time unasked do not move what a node thinks of its clock', async () => {
  const mesh = new SmallMesh();
  const honest = mesh.of(32);
  const liars = Array.from({ length: 8 }, (_, i) => liar(mesh, 33 + i, 40));
  for (const { membership } of honest) {
    membership.learn(Array.from({ length: 8 }, (_, i) => mesh.known(33 + i)));
  }
  await mesh.pass(20_000);
  for (let i = 0; i < 40; i++) {
    for (const { spam } of liars) spam(1);
    await mesh.pass(100);
  }
  expect(honest[0]?.membership.clockOffsetMs()).toBeLessThan(1_000);
});
