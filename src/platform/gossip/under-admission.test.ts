import { expect, test } from 'bun:test';
import { connect, type Socket } from 'node:net';
import { eventually } from '../../ports/testing/index.ts';
import {
  MAX_CONNECTIONS_PER_SECOND_AND_HOST,
  MAX_PENDING_CONNECTIONS,
  MAX_WAITED_FOR,
} from './limits.ts';
import { startMember } from './testing/hostile-hosts.ts';
import { UnderAdmission } from './under-admission.ts';

test('strangers of many addresses that say nothing keep no member out', async () => {
  const [target, honest] = [await startMember('target', 131), await startMember('honest', 132)];
  const port = Number(target.addresses()[0]?.split('/').at(-1));
  const strangers: Socket[] = [];
  let closed = 0;
  /** As fast as each address may connect. */
  const crowd = (addresses: number, first: number): void => {
    for (let n = 0; n < addresses * MAX_CONNECTIONS_PER_SECOND_AND_HOST; n++) {
      const localAddress = `127.1.0.${first + (n % addresses)}`;
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      socket.on('error', () => undefined).on('close', () => closed++);
      strangers.push(socket);
    }
  };
  try {
    crowd(12, 1);
    const places = MAX_PENDING_CONNECTIONS;
    await eventually('they hold all places', () => closed >= strangers.length - places);
    await honest.dial(target.self, target.addresses());
    expect(honest.peers().map(({ name }) => name)).toEqual(['target']);
  } finally {
    for (const socket of strangers) socket.destroy();
    await honest.stop();
    await target.stop();
  }
});

test('of members that come faster than they can be admitted some get through at any time', () => {
  const waited = new UnderAdmission();
  const comers = Array.from({ length: 2_000 }, () => {
    const comer = { isCut: false, abort: () => undefined, addEventListener: () => undefined };
    comer.abort = () => {
      comer.isCut = true;
    };
    return comer;
  });
  let admitted = 0;
  for (const [n, comer] of comers.entries()) {
    waited.denyInboundConnection(comer as never); // all that it is asked
    const long = comers[n - 2 * MAX_WAITED_FOR];
    if (long === undefined || long.isCut) continue;
    waited.denyInboundEncryptedConnection(undefined, long as never); // the same
    admitted += 1;
  }
  expect(admitted).toBeGreaterThan(50);
});
