import { type Namespace, serviceKey } from '../../src/core/index.ts';
import { connectUnix } from '../../src/platform/index.ts';
import type { Channel } from '../../src/ports/index.ts';
import {
  encodeMessage,
  MessageStream,
  type NodeMessage,
  PROTOCOL_VERSION,
  type SidecarMessage,
} from '../../src/snapshot/index.ts';

/** The service that is in force here, which all nodes serve and watch. */
const NAMESPACE = 'default' as Namespace; // a label
const SERVICE_NAME = 'web';
const SERVICE = serviceKey(NAMESPACE, SERVICE_NAME);

/** Called with the ports of all endpoints in a snapshot, as it comes. */
export type Seen = (ports: ReadonlySet<number>) => void;

/**
 * Attached to one node as a sidecar is: it is told what the node sees, as soon as that changes, and can
 * say where its own endpoint is.
 */
export class Onlooker {
  readonly #channel: Channel;

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Resolves with the first snapshot. */
  static async attach(dataDirectory: string, name: string, seen: Seen): Promise<Onlooker> {
    const first = Promise.withResolvers<void>();
    const messages = MessageStream.ofNode();
    const channel = await connectUnix(`${dataDirectory}/workload.sock`, () => ({
      bytes(bytes) {
        const read = messages.push(bytes);
        if (!read.ok) throw new Error(read.error);
        for (const message of read.value) {
          if (message.type === 'refused') first.reject(new Error(`${name}: ${message.message}`));
          if (message.type !== 'snapshot') continue;
          seen(portsOf(message));
          first.resolve();
        }
      },
      closed: () => first.reject(new Error(`${name} closed the connection`)),
    }));
    channel.send(encodeMessage(hello(name)));
    await first.promise;
    return new Onlooker(channel);
  }

  /** Its endpoint is at `port` from now on: one record of the node changes. */
  announce(port: number): void {
    this.#channel.send(encodeMessage({ type: 'endpoint', port, ready: true }));
  }

  close(): void {
    this.#channel.close();
  }
}

const portsOf = ({ snapshot }: Extract<NodeMessage, { type: 'snapshot' }>): ReadonlySet<number> =>
  new Set(snapshot.services.flatMap(({ endpoints }) => endpoints.map(({ port }) => port)));

const hello = (name: string): SidecarMessage => ({
  type: 'hello',
  protocolVersion: PROTOCOL_VERSION,
  instance: `onlooker-of-${name}`,
  namespace: NAMESPACE,
  serviceAccount: SERVICE_NAME,
  serves: { service: SERVICE, labels: {} },
  upstreams: [SERVICE],
});
