import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { readRequestHead } from './head.ts';
import { ResponseFlow, type ResponseReceiver } from './response-flow.ts';

const request = readRequestHead('GET / HTTP/1.1\r\nHost: web\r\n\r\n');

/** Passes an answer on in these parts; tells what the client got and how far it came. */
function passOn(parts: readonly string[]) {
  if (!request.ok) throw new Error('the request is in order');
  let sent = '';
  const receiver: ResponseReceiver = {
    request: request.value,
    sendToClient: (bytes) => {
      sent += bytes.toString('latin1');
    },
    supersedes: () => false,
    responseLines: () => '',
    closesAfter: () => false,
  };
  const flow = new ResponseFlow(receiver);
  const progress = parts.map((part) => flow.receive(Buffer.from(part, 'latin1')));
  return { sent, progress: progress.at(-1) };
}

test('an answer is the same for the client, whatever parts it comes in', () => {
  const hints = `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(80)}\r\n\r\n`;
  const answer = `${hints}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello`;
  const whole = passOn([answer]);
  expect(whole).toEqual({ sent: answer, progress: 'done' });
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(answer.length), { maxLength: 6 }), (cuts) => {
      const ends = [...cuts.filter((at) => at > 0 && at < answer.length), answer.length];
      ends.sort((a, b) => a - b);
      const parts = ends.map((end, index) => answer.slice(ends[index - 1] ?? 0, end));
      expect(passOn(parts)).toEqual(whole);
    }),
    { seed: 11, numRuns: 300 },
  );
});
