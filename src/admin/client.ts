import type { z } from 'zod';
import { decodeChanges } from './change-events.ts';
import { adminContract, CHANGES_PATH, type OperationName, wireErrorSchema } from './contract.ts';
import { AdminClientError, AdminError } from './errors.ts';
import type { AdminOperations, AdminService } from './service.ts';
import type { ChangeKind } from './views.ts';

/** Carries one request to a node; of its URL only path and query count. */
export type AdminTransport = (request: Request) => Promise<Response>;

const ORIGIN = 'http://node.selvage';

/**
 * The admin API of the node at the other end of `transport`.
 *
 * Every operation throws AdminClientError with the node's own code when the node refuses, AdminError
 * ANSWER_MALFORMED when the answer is not what the contract says, and what the transport throws.
 */
export function createAdminClient(transport: AdminTransport): AdminService {
  const operation = (name: OperationName) => async (request: object) => {
    const answer = await transport(requestFor(name, request));
    return readAnswer(adminContract[name].response, answer);
  };
  const names = Object.keys(adminContract) as OperationName[];
  const operations = Object.fromEntries(names.map((name) => [name, operation(name)]));
  return {
    // Each answer is parsed by its own operation's schema, which is what its type says.
    ...(operations as unknown as AdminOperations),
    changes: (signal) => watchChanges(transport, signal),
  };
}

function requestFor(name: OperationName, request: object): Request {
  const { method, path } = adminContract[name];
  const url = new URL(path, ORIGIN);
  if (method === 'GET') {
    for (const [key, value] of Object.entries(request)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    return new Request(url.href);
  }
  const headers = { 'content-type': 'application/json' };
  return new Request(url.href, { method, headers, body: JSON.stringify(request) });
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
