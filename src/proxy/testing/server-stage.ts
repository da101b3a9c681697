import { realClock } from '../../platform/index.ts';
import type { Clock } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import type { DialTarget } from '../dial.ts';
import type { Servers } from '../http/halves.ts';
import type { RequestHead } from '../http/message.ts';
import type { Runtime } from '../runtime.ts';
import { type AppConnection, type Application, startApplication } from './application.ts';
import { HeardAnswer } from './heard-answer.ts';
import { startRuntime } from './runtime.ts';

/** An application, the connections to it, and what the exchanges of their users would hear. */
export class ServerStage {
  readonly runtime: Runtime;
  readonly application: Application;
  readonly servers: Servers;

  constructor(
    connections: (runtime: Runtime, target: DialTarget) => Servers,
    application: Parameters<typeof startApplication>[0] = {},
    clock: Clock = realClock,
  ) {
    this.runtime = startRuntime(clock);
    this.application = startApplication(application);
    const { port } = this.application;
    this.servers = connections(this.runtime, { ...LOCAL, port });
  }

  /** Gets a server's half, or a failure. */
  async lease(request?: RequestHead, fresh = false): Promise<HeardAnswer> {
    const heard = new HeardAnswer(request);
    this.servers.lease(heard, fresh);
    await eventually('an outcome', () => heard.server !== undefined || heard.failure !== undefined);
    return heard;
  }

  /** The `index`th connection that the application has, once it is there. */
  async atApplication(index = 0): Promise<AppConnection> {
    await eventually(`connection ${index}`, () => this.application.connections.length > index);
    const connection = this.application.connections[index];
    if (connection === undefined) throw new Error('it was there');
    return connection;
  }

  /** Nothing must be held at the end. */
  async stop(): Promise<void> {
    this.runtime.connections.reset();
    this.application.stop();
    await eventually('an empty census', () =>
      Object.values(this.runtime.census.report()).every((count) => count === 0),
    );
  }
}

const LOCAL = { host: '127.0.0.1', connectTimeoutMs: 1_000 };
