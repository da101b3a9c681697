import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { realClock } from '../../platform/index.ts';
import { SERVICE_HOST, type StartService } from './service.ts';
import { type Level, type Question, STOCK_CALLS } from './stock-calls.ts';

const LEVELS: Readonly<Record<string, number>> = { bobbin: 40, heddle: 7, shuttle: 12 };
const LEVEL_EVERY_MS = 10;
const REFILL = 100;

type Watcher = ServerWritableStream<Question, Level>;

/** What the shop has of each item, by gRPC. */
export const startStock: StartService = async ({ port }) => {
  const levels = new Map(Object.entries(LEVELS));
  const watchers = new Set<Watcher>();
  const watched = (item: string) => [...watchers].filter(({ request }) => request.item === item);
  const server = new Server();
  server.addService(STOCK_CALLS, {
    count: answering(({ item }) => levels.get(item)),
    watchers: answering(({ item }) => watched(item).length),
    refill: answering(({ item }) => {
      levels.set(item, (levels.get(item) ?? 0) + REFILL);
      return levels.get(item);
    }),
    watch: (watcher: Watcher) => {
      watchers.add(watcher);
      watcher.once('cancelled', () => watchers.delete(watcher));
      tell(watcher, levels);
    },
  });
  return { port: await listen(server, port), close: async () => server.forceShutdown() };
};

/** Answers with what `levelOf` gives; its absence is the caller's mistake. Says in trailers who counted. */
const answering =
  (levelOf: (question: Question) => number | undefined): handleUnaryCall<Question, Level> =>
  ({ request }, answer) => {
    const trailers = new Metadata();
    trailers.set('x-counted-by', 'stock');
    const count = levelOf(request);
    if (count !== undefined) answer(null, { item: request.item, count }, trailers);
    else answer({ code: status.NOT_FOUND, details: `there is no ${request.item}` }, null, trailers);
  };

/** Tells a watcher the level again and again, as fast as it reads and no faster than it is counted. */
function tell(watcher: Watcher, levels: ReadonlyMap<string, number>): void {
  if (watcher.cancelled) return;
  const { item } = watcher.request;
  const again = () => tell(watcher, levels);
  if (watcher.write({ item, count: levels.get(item) ?? 0 })) realClock.after(LEVEL_EVERY_MS, again);
  else watcher.once('drain', again);
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure(); // its sidecar does the rest
    server.bindAsync(`${SERVICE_HOST}:${port}`, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
