import type { z } from 'zod';
import type { Clock } from '../ports/index.ts';
import { decodeChanges } from './change-events.ts';
import { adminContract, CHANGES_PATH, type OperationName, wireErrorSchema } from './contract.ts';
import { AdminClientError, AdminError } from './errors.ts';
import type { AdminOperations, AdminService } from './service.ts';
import type { ChangeKind } from './views.ts';

/** Carries one request to a node, until its signal aborts; of its URL only path and query count. */
export type AdminTransport = (request: Request) => Promise<Response>;

const ORIGIN = 'http://node.selvage';

/** For a whole answer, milliseconds: a node on the same host takes far less, unless it is stopped or stuck. */
export const ANSWER_TIMEOUT_MS = 10_000;

/**
 * The admin API of the node at the other end of `transport`.
 *
 * Every operation throws AdminClientError with the node's own code when the node refuses, AdminError
 * ANSWER_MALFORMED when the answer is not what the contract says, ANSWER_OVERDUE when it is not there
 * after {@link ANSWER_TIMEOUT_MS}, and what the transport throws. `changes` waits for as long as its
 * caller does.
 */
export function createAdminClient(transport: AdminTransport, clock: Clock): AdminService {
  const operation = (name: OperationName) => (request: object) =>
    inTime(clock, name, async (signal) => {
      const answer = await transport(requestFor(name, request, signal));
      return await readAnswer(adminContract[name].response, answer);
    });
  const names = Object.keys(adminContract) as OperationName[];
  const operations = Object.fromEntries(names.map((name) => [name, operation(name)]));
  return {
    // Each answer is parsed by its own operation's schema, which is what its type says.
    ...(operations as unknown as AdminOperations),
    changes: (signal) => watchChanges(transport, signal),
  };
}

/** What `ask` resolves to, unless it lasts too long: then its signal aborts, and it is not waited for. */
async function inTime<T>(
  clock: Clock,
  name: OperationName,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const overdue = Promise.withResolvers<never>();
  const timer = clock.after(ANSWER_TIMEOUT_MS, () => {
    const waited = `${ANSWER_TIMEOUT_MS / 1_000} s`;
    overdue.reject(
      new AdminError('ANSWER_OVERDUE', `the node did not answer '${name}' within ${waited}`),
    );
    ending.abort();
  });
  try {
    return await Promise.race([ask(ending.signal), overdue.promise]);
  } finally {
    timer.cancel();
  }
}

function requestFor(name: OperationName, request: object, signal: AbortSignal): Request {
  const { method, path } = adminContract[name];
  const url = new URL(path, ORIGIN);
  if (method === 'GET') {
    for (const [key, value] of Object.entries(request)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    return new Request(url.href, { signal });
  }
  const headers = { 'content-type': 'application/json' };
  return new Request(url.href, { method, headers, signal, body: JSON.stringify(request) });
}

async function readAnswer(schema: z.ZodType, answer: Response): Promise<unknown> {
  if (!answer.ok) throw await errorOf(answer);
  const parsed = schema.safeParse(await jsonOf(answer));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AdminError('ANSWER_MALFORMED', `the node's answer is malformed: ${wrong.join('; ')}`);
}

async function errorOf(answer: Response): Promise<AdminClientError | AdminError> {
  const parsed = wireErrorSchema.safeParse(await jsonOf(answer));
  if (parsed.success) return new AdminClientError(parsed.data.error);
  const message = `the node answered with status ${answer.status} and no error of its own`;
  return new AdminError('ANSWER_MALFORMED', message);
}

async function jsonOf(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch (cause) {
    throw new AdminError('ANSWER_MALFORMED', 'the node answered with no JSON', { cause });
  }
}

async function* watchChanges(
  transport: AdminTransport,
  signal: AbortSignal,
): AsyncGenerator<ChangeKind> {
  try {
    const answer = await transport(new Request(ORIGIN + CHANGES_PATH, { signal }));
    if (!answer.ok || answer.body === null) throw await errorOf(answer);
    yield* decodeChanges(answer.body);
  } catch (error) {
    if (!signal.aborted) throw error; // the caller's own end of the watch is no failure
  }
}
