import { expect, test } from 'bun:test';
import { SelvageError } from '../core/index.ts';
import type { SocketAddress } from '../ports/index.ts';
import { DatagramNetwork, FakeClock, recordingLog } from '../ports/testing/index.ts';
import { boundDatagrams } from './datagram-socket.ts';

class PortTaken extends SelvageError {
  constructor() {
    const entry = {
      summary: 'Taken',
      remedy: 'Stop the other process.',
      exit: 'unavailable',
    } as const;
    super({ ADDRESS_IN_USE: entry }, 'ADDRESS_IN_USE', 'taken');
  }
}

const HERE: SocketAddress = { host: '10.0.0.1', port: 7600 };

test('a port that is taken is replaced by a free one, and the log says which', () => {
  const { datagrams } = new DatagramNetwork(new FakeClock());
  const log = recordingLog();
  const bind: typeof datagrams.bind = (at, handlers) => {
    if (at.port !== 0) throw new PortTaken();
    return datagrams.bind(at, handlers);
  };
  const { port } = boundDatagrams({ bind }, HERE, { received: () => undefined }, log);
  expect(port).not.toBe(7600);
  expect(log.lines).toEqual([
    { level: 'warn', message: 'datagrams at another port', fields: { taken: 7600, port } },
  ]);
});

test('a port that is free is taken without a word', () => {
  const { datagrams } = new DatagramNetwork(new FakeClock());
  const log = recordingLog();
  expect(boundDatagrams(datagrams, HERE, { received: () => undefined }, log).port).toBe(7600);
  expect(log.lines).toEqual([]);
});
