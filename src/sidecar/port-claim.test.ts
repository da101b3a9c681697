import { afterEach, expect, test } from 'bun:test';
import { bunSockets } from '../platform/index.ts';
import { claimPort } from './port-claim.ts';

const HOST = '127.0.0.1';
const HANDLERS = {
  open: () => undefined,
  data: () => undefined,
  drain: () => undefined,
  end: () => undefined,
  close: () => undefined,
  error: () => undefined,
};
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function listen(port: number): number {
  const listener = bunSockets.listen({ host: HOST, port, reusePort: true }, HANDLERS);
  stops.push(() => listener.stop());
  return listener.port;
}

test('a free port is found, and can be opened by several then', () => {
  const port = claimPort({ host: HOST, port: 0 });
  expect(port).toBeGreaterThan(0);
  expect([listen(port), listen(port)]).toEqual([port, port]);
});

test('a port that other workers share is somebody else’s', () => {
  const port = listen(claimPort({ host: HOST, port: 0 }));
  expect(() => claimPort({ host: HOST, port })).toThrow('something listens on');
});
