import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { SelvageError } from '../core/index.ts';
import type { Log } from '../ports/index.ts';
import { encodeChanges } from './change-events.ts';
import { adminContract, CHANGES_PATH, MAX_REQUEST_BYTES, type OperationName } from './contract.ts';
import { AdminError } from './errors.ts';
import type { AdminService } from './service.ts';

/** Most watchers at once; each costs one connection. */
const MAX_WATCHERS = 64;

const STATUS_BY_EXIT = { usage: 400, refused: 403, unavailable: 503, internal: 500 } as const;

/** The admin API over `service`, as a function from Request to Response (`app.fetch`). */
export function createAdminApp(service: AdminService, log: Log): Hono {
  const app = new Hono();
  app.use(bodyLimit({ maxSize: MAX_REQUEST_BYTES, onError: refuseLargeBody }));
  for (const name of Object.keys(adminContract) as OperationName[]) serve(app, service, name);
  serveChanges(app, service);
  app.notFound(({ req }) => {
    throw new AdminError(
      'OPERATION_UNKNOWN',
      `the node has no operation ${req.method} ${req.path}`,
    );
  });
  app.onError((error, context) => answerError(error, context, log));
  return app;
}

function serve(app: Hono, service: AdminService, name: OperationName): void {
  const { method, path, request } = adminContract[name];
  // The contract gives request and answer of one name the same types that the service has.
  const operate = service[name] as (request: unknown) => Promise<object>;
  app.on(method, path, async (context) => {
    const asked = method === 'GET' ? context.req.query() : await jsonBody(context);
    return context.json(await operate.call(service, validate(request, asked)));
  });
}

function serveChanges(app: Hono, service: AdminService): void {
  let watchers = 0;
  app.get(CHANGES_PATH, (context) => {
    if (watchers >= MAX_WATCHERS) {
      throw new AdminError('WATCHERS_FULL', `${watchers} programs watch this node already`);
    }
    watchers += 1;
    const controller = new AbortController();
    const end = () => {
      if (controller.signal.aborted) return;
      watchers -= 1;
      controller.abort();
    };
    context.req.raw.signal.addEventListener('abort', end, { once: true });
    const events = encodeChanges(service.changes(controller.signal), end);
    return context.body(events, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
  });
}

async function jsonBody(context: Context): Promise<unknown> {
  try {
    return await context.req.json();
  } catch (cause) {
    throw new AdminError('REQUEST_MALFORMED', 'the body of the request is no JSON', { cause });
  }
}

function validate(schema: z.ZodObject, asked: unknown): unknown {
  const parsed = schema.safeParse(asked);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AdminError('REQUEST_MALFORMED', `the request is malformed: ${wrong.join('; ')}`);
}

function refuseLargeBody(): never {
  const message = `the request has more than ${MAX_REQUEST_BYTES} bytes`;
  throw new AdminError('REQUEST_TOO_LARGE', message);
}

function answerError(error: Error, context: Context, log: Log): Response {
  const known =
    error instanceof SelvageError
      ? error
      : new AdminError('NODE_FAILED', 'the node failed while it answered', { cause: error });
  const { code, message, remedy, exit } = known;
  if (exit === 'internal') {
    log.error('admin request failed', { path: context.req.path, code, error: error.stack });
  }
  return context.json({ error: { code, message, remedy, exit } }, STATUS_BY_EXIT[exit]);
}
