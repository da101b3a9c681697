import { expect, test } from 'bun:test';
import * as simulated from '../sim/world/gossip/limits.ts';
import * as real from '../src/platform/gossip/limits.ts';

test('simulated members bound what they say to each other as real ones do', () => {
  expect({
    messageBytes: simulated.MAX_MESSAGE_BYTES,
    exchangeBytes: simulated.MAX_EXCHANGE_BYTES,
    exchanges: simulated.MAX_EXCHANGES,
    exchangesPerPeer: simulated.MAX_EXCHANGES_PER_PEER,
    connections: simulated.MAX_CONNECTIONS,
    dialMs: simulated.DIAL_TIMEOUT_MS,
    monitorPeriodMs: simulated.MONITOR_PERIOD_MS,
    monitorTimeoutMs: simulated.MONITOR_TIMEOUT_MS,
  }).toEqual({
    messageBytes: real.MAX_MESSAGE_BYTES,
    exchangeBytes: real.MAX_EXCHANGE_BYTES,
    exchanges: real.MAX_EXCHANGES,
    exchangesPerPeer: real.MAX_EXCHANGES_PER_PEER,
    connections: real.MAX_CONNECTIONS,
    dialMs: real.ADMISSION_TIMEOUT_MS,
    monitorPeriodMs: real.PING_PERIOD_MS,
    monitorTimeoutMs: real.PING_TIMEOUT_MS,
  });
});
