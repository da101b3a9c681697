import { afterEach, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { headers, hello } from '../http2/testing/index.ts';
import { enterAs } from '../testing/hostile-sidecar.ts';
import {
  type Application,
  identityOf,
  type Pair,
  startApplication,
  startPair,
  WEB,
} from '../testing/index.ts';

const MAX_CLIENTS = 16;
/** A quarter of them, less the connection itself. */
const ADMITTED = 3;

let pair: Pair;
let application: Application;

afterEach(() => pair.stop());

test('a peer that speaks HBONE has its share of all clients, in however few connections', async () => {
  application = startApplication();
  pair = await startPair(application, { maxPeers: MAX_CLIENTS });
  const target = { host: '127.0.0.1', port: application.port };
  const { port } = pair.callee.plane.openHbone({
    host: '127.0.0.1',
    port: 0,
    service: WEB,
    target,
  });
  const peer = await enterAs(port, await identityOf(pair.authority, 'ztunnel'));
  const connect = (id: number) => {
    const place = `127.0.0.1:${application.port}`;
    return headers(
      id,
      [
        [':method', 'CONNECT'],
        [':authority', place],
      ],
      false,
    );
  };
  const ids = Array.from({ length: 2 * MAX_CLIENTS }, (_, at) => 2 * at + 1);
  peer.send(hello(), ...ids.map(connect));
  const admitted = () => ids.filter((id) => peer.heads(id).length > 0).length;
  const refused = () => ids.filter((id) => peer.resetCode(id) !== undefined).length;
  await eventually('all are told', () => admitted() + refused() === ids.length);
  expect(admitted()).toBe(ADMITTED);
  const other = await enterAs(port, await identityOf(pair.authority, 'other'));
  await other.send(hello(), connect(1)).until('a place', () => other.heads(1).length > 0);
  peer.drop();
  other.drop();
});
