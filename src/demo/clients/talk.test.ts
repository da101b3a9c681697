import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createServer, type Socket } from 'node:net';
import { eventually } from '../../ports/testing/index.ts';
import { listenOn } from '../listening.ts';
import { GOODBYE, type RunningService, startHelpdesk } from '../services/index.ts';
import { Talk } from './talk.ts';

const LIMIT_MS = 2_000;
let helpdesk: RunningService;

beforeAll(async () => {
  helpdesk = await startHelpdesk({ port: 0 });
});
afterAll(() => helpdesk.close());

test('what is said comes back as it was, text and binary in order', async () => {
  const talk = await Talk.open(helpdesk.port, '/', LIMIT_MS);
  const bytes = new Uint8Array([0, 128, 255]);
  talk.say('one');
  talk.say(bytes);
  talk.say('two');
  await eventually('three echoes', () => talk.heard.length === 3);
  expect(talk.heard).toEqual(['one', bytes, 'two']);
  expect(talk.ending()).toBeUndefined();
  talk.close(1_000, 'done');
  await eventually('the end', () => talk.goodbye() !== undefined);
  expect(talk.goodbye()).toEqual({ code: 1_000, reason: 'done' });
});

test('the helpdesk says goodbye in its own words', async () => {
  const talk = await Talk.open(helpdesk.port, '/', LIMIT_MS);
  talk.say(GOODBYE.word);
  await eventually('the end', () => talk.goodbye() !== undefined);
  expect(talk.goodbye()).toEqual({ code: GOODBYE.code, reason: GOODBYE.reason });
  expect(talk.ending()?.how).toBe('whole');
});

/** Lets a WebSocket's handshake through to the helpdesk, so that a test can cut it. */
async function passage() {
  const ends: Socket[] = [];
  const { connect } = await import('node:net');
  const listening = await listenOn(
    createServer((near) => {
      const far = connect(helpdesk.port, '127.0.0.1');
      ends.push(near, far);
      for (const end of [near, far]) end.on('error', () => end.destroy());
      near.pipe(far).pipe(near);
    }),
    '127.0.0.1',
    0,
  );
  return { listening, cut: () => ends.forEach((end) => void end.resetAndDestroy()) };
}

test('a talk that is cut ended without a handshake', async () => {
  const { listening, cut } = await passage();
  const talk = await Talk.open(listening.port, '/', LIMIT_MS);
  cut();
  await eventually('the end', () => talk.ending() !== undefined);
  expect(talk.ending()?.how).toBe('broken');
  await listening.close();
});

test('no talk begins where nobody speaks so', async () => {
  const silent = await listenOn(
    createServer((socket) => socket.end()),
    '127.0.0.1',
    0,
  );
  await expect(Talk.open(silent.port, '/', LIMIT_MS)).rejects.toThrow('no WebSocket at /');
  await silent.close();
});
