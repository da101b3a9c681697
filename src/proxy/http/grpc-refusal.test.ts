import { expect, test } from 'bun:test';
import { grpcRefusal } from './grpc-refusal.ts';
import { malformed, type Reply } from './reply.ts';

const saidIn = (reply: Reply) =>
  Object.fromEntries(grpcRefusal(reply).fields.map(({ name, value }) => [name, value]));

test.each([
  [400, '13'],
  [401, '16'],
  [403, '7'],
  [431, '13'],
  [502, '14'],
  [503, '14'],
  [504, '14'],
])('what HTTP answers with %d is status %s of gRPC', (status, code) => {
  const said = saidIn({ status, reason: 'unreachable', text: 'nobody is there' });
  expect(said).toMatchObject({ 'grpc-status': code, 'x-selvage-reason': 'unreachable' });
});

test('the message is percent-encoded, and what the mesh adds stays beside it', () => {
  const text = 'a 100 % sure no, “never”';
  expect(saidIn({ ...malformed('bad-chunk'), text, retry: 'safe', challenge: true })).toEqual({
    'content-type': 'application/grpc',
    'grpc-status': '13',
    'grpc-message': 'bad-chunk: a 100 %25 sure no, %E2%80%9Cnever%E2%80%9D',
    'x-selvage-reason': 'bad-chunk',
    'x-selvage-retry': 'safe',
    'www-authenticate': 'Bearer error="invalid_token"',
  });
});
