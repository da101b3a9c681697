import type { Clock } from '../../../ports/index.ts';
import { eventually } from '../../../ports/testing/index.ts';
import { Dial } from '../../dial.ts';
import type { RequestHead } from '../../http/message.ts';
import type { Runtime } from '../../runtime.ts';
import { HeardAnswer } from '../../testing/heard-answer.ts';
import { startRuntime } from '../../testing/runtime.ts';
import { Http2Client } from '../client.ts';

/** A client of HTTP/2, connected to whatever listens on a port. */
export interface Conversation {
  readonly runtime: Runtime;
  readonly client: Http2Client;
  readonly freed: () => number;
  readonly gone: () => boolean;
  /** A stream's half, with who hears it; throws when there is none. */
  open(request?: RequestHead): HeardAnswer;
  stop(): Promise<void>;
}

/** Connects to `port` on this host. */
export async function startConversation(port: number, clock?: Clock): Promise<Conversation> {
  const runtime = startRuntime(clock);
  let freed = 0;
  let gone = false;
  const client = await new Promise<Http2Client>((resolve, reject) => {
    Dial.begin(
      runtime,
      { host: '127.0.0.1', port, connectTimeoutMs: 1_000 },
      {
        connected: (socket, peer) =>
          resolve(
            new Http2Client(runtime, socket, {
              peer,
              freed: () => {
                freed += 1;
              },
              gone: () => {
                gone = true;
              },
            }),
          ),
        failed: ({ detail }) => reject(new Error(detail)),
      },
    );
  });
  return {
    runtime,
    client,
    freed: () => freed,
    gone: () => gone,
    open: (request) => {
      const answer = new HeardAnswer(request);
      const server = client.open(answer);
      if (server === undefined) throw new Error('no stream is free');
      answer.leased(server);
      return answer;
    },
    stop: async () => {
      runtime.connections.reset();
      await eventually('an idle census', () => {
        const { servers, heldBytes } = runtime.census;
        return servers === 0 && heldBytes === 0;
      });
    },
  };
}
