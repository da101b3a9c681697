import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { headers, POST, ping } from '../http2/testing/index.ts';
import { FRAME } from '../http2/wire.ts';
import { IDLE_BODY_MS } from '../limits.ts';
import { hostileSidecar } from '../testing/hostile-sidecar.ts';
import { type Application, type Pair, startApplication, startPair } from '../testing/index.ts';

let pair: Pair;
let application: Application;

afterEach(() => pair.stop());

describe('a peer that begins a request and does not go on', () => {
  test('keeps no connection to the application', async () => {
    const clock = new FakeClock(Date.now());
    application = startApplication();
    pair = await startPair(application, { clock });
    const peer = await hostileSidecar(pair);
    peer.send(headers(1, POST, false));
    await eventually(
      'it arrives',
      () => application.connections[0]?.text.includes('POST') === true,
    );
    const stepMs = 5_000;
    for (let passedMs = 0; passedMs <= IDLE_BODY_MS; passedMs += stepMs) {
      const answered = peer.of(FRAME.PING).length;
      peer.send(ping()); // it is there
      await eventually('it is heard', () => peer.of(FRAME.PING).length > answered);
      clock.advance(stepMs);
    }
    await eventually('it is let go', () => application.connections[0]?.closed === true);
    await pair.settled();
    expect(peer.heads(1)[0]).toContain(':status: 504');
    peer.drop();
  });
});
