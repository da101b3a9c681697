import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { data, headers, POST, reset, startServing } from '../http2/testing/index.ts';
import { CODE } from '../http2/wire.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import { type Pair, startApplication, startPair } from '../testing/index.ts';

let pair: Pair;

afterEach(async () => {
  await pair.stop();
});

const STREAMS = 50;
const ids = Array.from({ length: STREAMS }, (_, index) => 2 * index + 1);

/** Requests whose content is still to come, and then is not. */
const begun = () => ids.map((id) => Buffer.concat([headers(id, POST, false), data(id, 'abc')]));
const givenUp = () => ids.map((id) => reset(id, CODE.CANCEL));

describe.each([
  ['an application', hostileClient],
  ['a sidecar that was taken over', hostileSidecar],
] as const)('no work goes on for streams that %s has reset (CVE-2026-26311)', (_, enter) => {
  test('at an application of HTTP/1.1', async () => {
    const application = startApplication();
    pair = await startPair(application);
    const peer = await enter(pair);
    peer.send(...begun());
    const reached = () => application.connections.filter(({ text }) => text.includes('abc'));
    await eventually('all are there', () => reached().length === STREAMS);
    peer.send(...givenUp());
    await eventually('all are cut', () => reached().every(({ closed }) => closed));
    await pair.settled();
    peer.drop();
  });

  test('at an application of HTTP/2', async () => {
    const application = startServing();
    pair = await startPair(application, { service: { protocol: 'http2' } });
    const peer = await enter(pair);
    peer.send(...begun());
    await eventually('all are there', () => application.requests.length === STREAMS);
    peer.send(...givenUp());
    await eventually('all are cut', () => application.requests.every(({ gone }) => gone));
    await pair.settled();
    peer.drop();
  });

  test('nor for those of a connection that is gone', async () => {
    const application = startApplication();
    pair = await startPair(application);
    const peer = await enter(pair);
    peer.send(...begun());
    const reached = () => application.connections.filter(({ text }) => text.includes('abc'));
    await eventually('all are there', () => reached().length === STREAMS);
    peer.drop();
    await eventually('all are cut', () => reached().every(({ closed }) => closed));
    await pair.settled();
  });

  test('nor is a stream cut that goes on', async () => {
    const application = startApplication({
      received: (connection) => {
        const { text } = connection;
        if (text.endsWith('0\r\n\r\n')) connection.write('HTTP/1.1 204 No Content\r\n\r\n');
      },
    });
    pair = await startPair(application);
    const peer = await enter(pair);
    peer.send(...begun(), ...givenUp().slice(1));
    await eventually('the others are cut', () => {
      const open = application.connections.filter(({ closed }) => !closed);
      return open.length === 1 && open[0]?.text.includes('abc') === true;
    });
    peer.send(data(1, 'def', true));
    await eventually('it is answered', () => peer.hasEnded(1));
    expect(peer.heads(1)[0]).toContain(':status: 204');
    peer.drop();
  });
});
