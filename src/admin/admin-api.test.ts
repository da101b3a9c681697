import { expect, test } from 'bun:test';
import { refusalOfLate } from '../core/testing/index.ts';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { ANSWER_TIMEOUT_MS } from './client.ts';
import { AdminError, type AdminService, createAdminApp, createAdminClient } from './index.ts';
import { sampleService } from './testing/index.ts';

/** A client whose requests go through the real server, without a socket between. */
function clientOf(replaced: Partial<AdminService> = {}, log = recordingLog()): AdminService {
  const app = createAdminApp(sampleService(replaced), log);
  return createAdminClient(async (request) => app.fetch(request), new FakeClock());
}

test('every operation answers through the client as the service itself does', async () => {
  const service = sampleService();
  const client = clientOf();
  expect(await client.status({})).toEqual(await service.status({}));
  expect(await client.nodes({})).toEqual(await service.nodes({}));
  expect(await client.services({})).toEqual(await service.services({}));
  expect(await client.endpoints({})).toEqual(await service.endpoints({}));
  expect(await client.workloads({})).toEqual(await service.workloads({}));
  expect(await client.trustDraft({})).toEqual(await service.trustDraft({}));
  const change = { change: 'e30=' };
  expect(await client.publishChange(change)).toEqual(await service.publishChange(change));
  expect(await client.proposals({})).toEqual(await service.proposals({}));
  expect(await client.proposal({ id: 'ab' })).toEqual(await service.proposal({ id: 'ab' }));
  const proposed = { proposal: 'e30=', approvals: ['{}'] };
  expect(await client.propose(proposed)).toEqual(await service.propose(proposed));
  const approved = await service.approve({ approval: '{}' });
  expect(await client.approve({ approval: '{}' })).toEqual(approved);
  const rejected = await service.reject({ rejection: '{}' });
  expect(await client.reject({ rejection: '{}' })).toEqual(rejected);
  const asked = { from: 'client', to: 'web', method: 'GET', path: '/a?b=c&d#e' };
  expect(await client.explain(asked)).toEqual(await service.explain(asked));
  expect(await client.authorityCandidate({ node: 'n2' })).toMatchObject({ node: 'n2' });
  expect(await client.createToken({ lifeMs: 1 })).toEqual(await service.createToken({ lifeMs: 1 }));
});

test('a question reaches the service as it was asked, and an absent part stays absent', async () => {
  const seen: object[] = [];
  const client = clientOf({
    explain: async (asked) => {
      seen.push(asked);
      return sampleService().explain(asked);
    },
  });
  await client.explain({ from: 'a', to: 'b', path: '/x y/%2F?ü=&', method: undefined });
  expect(seen).toEqual([{ from: 'a', to: 'b', path: '/x y/%2F?ü=&' }]);
});

test('a refusal reaches the caller with its code, words and exit kind', async () => {
  const refused = new AdminError('WATCHERS_FULL', 'too many', { remedy: 'Wait.' });
  const log = recordingLog();
  const client = clientOf({ createToken: () => Promise.reject(refused) }, log);
  const error = await refusalOfLate(client.createToken({ lifeMs: 1 }));
  const { code, message, remedy, exit } = error;
  expect({ code, message, remedy, exit }).toEqual({
    code: 'WATCHERS_FULL',
    message: 'too many',
    remedy: 'Wait.',
    exit: 'unavailable',
  });
  expect(log.lines).toEqual([]);
});

test('an accident inside the node is logged there, and its details stay there', async () => {
  const log = recordingLog();
  const client = clientOf({ status: () => Promise.reject(new Error('secret detail')) }, log);
  const error = await refusalOfLate(client.status({}));
  expect(error.code).toBe('NODE_FAILED');
  expect(error.message).not.toContain('secret detail');
  expect(log.lines).toMatchObject([{ level: 'error', fields: { path: '/v1/status' } }]);
});

test('a malformed request names every field that is wrong', async () => {
  const client = clientOf();
  const error = await refusalOfLate(client.explain({ from: '', to: 'x'.repeat(300) }));
  expect(error.code).toBe('REQUEST_MALFORMED');
  expect(error.message).toContain('from:');
  expect(error.message).toContain('to:');
});

test('a body that is no JSON, and an operation that does not exist, are said so', async () => {
  const app = createAdminApp(sampleService(), recordingLog());
  const broken = await app.request('/v1/tokens', { method: 'POST', body: '{' });
  expect(broken.status).toBe(400);
  expect(await broken.text()).toContain('REQUEST_MALFORMED');
  const unknown = await app.request('/v2/status');
  expect(await unknown.text()).toContain('OPERATION_UNKNOWN');
});

test('a request that is larger than the bound is refused before it is read', async () => {
  const app = createAdminApp(sampleService(), recordingLog());
  const answer = await app.request('/v1/trust/changes', {
    method: 'POST',
    body: 'x'.repeat(16 * 1024 * 1024 + 1),
  });
  expect(await answer.text()).toContain('REQUEST_TOO_LARGE');
});

const answering = (answer: () => Response) =>
  createAdminClient(async () => answer(), new FakeClock());

test('a node from before versions of proposals were told is understood, and tells of none', async () => {
  const { items } = await sampleService().proposals({});
  const told = items.map(({ versions: _, ...item }) => item);
  const client = createAdminClient(async () => Response.json({ items: told }), new FakeClock());
  expect(await client.proposals({})).toEqual({
    items: items.map((item) => ({ ...item, versions: [] })),
  });
});

test('an answer of another version is an error, and never taken half', async () => {
  const nonsense = answering(() => Response.json({ items: [{ nom: 'n1' }] }));
  expect((await refusalOfLate(nonsense.nodes({}))).code).toBe('ANSWER_MALFORMED');
  const noJson = answering(() => new Response('<html>'));
  expect((await refusalOfLate(noJson.nodes({}))).code).toBe('ANSWER_MALFORMED');
  const bare = answering(() => new Response('{}', { status: 502 }));
  expect((await refusalOfLate(bare.nodes({}))).message).toContain('502');
});

test('a node that takes a request and is silent is waited for no longer than an answer may take', async () => {
  const clock = new FakeClock();
  let asked: Request | undefined;
  const stopped = createAdminClient((request) => {
    asked = request;
    return new Promise(() => undefined);
  }, clock);
  const refused = refusalOfLate(stopped.status({}));
  clock.advance(ANSWER_TIMEOUT_MS - 1);
  expect(asked?.signal.aborted).toBe(false);
  clock.advance(1);
  const { code, message, remedy } = await refused;
  expect([code, message]).toEqual([
    'ANSWER_OVERDUE',
    "the node did not answer 'status' within 10 s",
  ]);
  expect(remedy).toContain('kill -CONT');
  expect(asked?.signal.aborted).toBe(true);
});

test('an answer that begins and does not end is waited for no longer either', async () => {
  const clock = new FakeClock();
  const halted = createAdminClient(async () => new Response(new ReadableStream()), clock);
  const refused = refusalOfLate(halted.nodes({}));
  await Promise.resolve();
  clock.advance(ANSWER_TIMEOUT_MS);
  expect((await refused).code).toBe('ANSWER_OVERDUE');
});
