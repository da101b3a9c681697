import type { ServiceProtocol } from '../../core/index.ts';
import { beginExchange } from '../http/admission.ts';
import type { Field } from '../http/field.ts';
import type { AcceptRequest, ClientHalf, RequestListener } from '../http/halves.ts';
import type { IngressHop } from '../http/ingress-hop.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import { type Reply, replyMessage } from '../http/reply.ts';
import type { GiveBack } from '../peer-shares.ts';
import { takePlainClient } from '../plain-client.ts';
import type { Runtime } from '../runtime.ts';
import { StreamSocket } from './stream-socket.ts';

const NO_FIELDS: readonly Field[] = [];

/**
 * What one peer asks for by CONNECT: a connection to our application, and nothing else. In it rules hold as the
 * service's protocol says: requests are taken one by one, bytes as a whole.
 */
export class Tunnels {
  readonly #runtime: Runtime;
  readonly #hop: IngressHop;
  readonly #authorities: readonly string[];
  readonly #sourceIp: string;
  readonly #admit: () => GiveBack | undefined;

  /** `authorities`: the names of our application, `host:port`. `admit`: a place for one more client of this peer. */
  constructor(
    runtime: Runtime,
    hop: IngressHop,
    authorities: readonly string[],
    sourceIp: string,
    admit: () => GiveBack | undefined,
  ) {
    this.#runtime = runtime;
    this.#hop = hop;
    this.#authorities = authorities;
    this.#sourceIp = sourceIp;
    this.#admit = admit;
  }

  readonly accept: AcceptRequest = (head, client, ended) => {
    const isTunnel = head.method === 'CONNECT' && head.upgrade === undefined;
    if (!isTunnel || !this.#authorities.includes(head.host)) return this.#refuse(head, client);
    const protocol = this.#protocol();
    if (protocol === undefined || protocol === 'tcp' || protocol === 'udp') {
      return this.#begin(head, client, ended);
    }
    return this.#open(client, protocol);
  };

  #protocol(): ServiceProtocol | undefined {
    const { service } = this.#hop.gate;
    return this.#runtime.mesh.view?.services.get(service)?.protocol;
  }

  readonly #begin: AcceptRequest = (head, client, ended) =>
    beginExchange(head, client, ended, this.#hop, this.#sourceIp);

  #refuse(request: RequestHead, client: ClientHalf): RequestListener {
    const { head, content } = replyMessage(WRONG_DESTINATION);
    const isEmpty = request.method === 'HEAD';
    client.answer(head, NO_FIELDS, isEmpty);
    if (!isEmpty) client.send(content, 0, content.length, true);
    this.#hop.gate.refused(WRONG_DESTINATION);
    return NOBODY;
  }

  #open(client: ClientHalf, protocol: ServiceProtocol): RequestListener {
    const { connections, census, maxClients } = this.#runtime;
    const { gate, endsAtMs } = this.#hop;
    const leave = this.#admit();
    if (leave === undefined) {
      client.breakOff();
      return NOBODY;
    }
    const socket = new StreamSocket(this.#runtime, client, this.#sourceIp, () => {
      connections.closed(socket);
      leave();
    });
    client.answer(OPENED, NO_FIELDS, false);
    connections.opened(socket);
    census.clients += 1;
    takePlainClient(this.#runtime, socket, protocol, {
      accept: this.#begin,
      refused: (reply) => gate.refused(reply),
      endsAtMs,
    });
    if (census.clients > maxClients) socket.terminate();
    return socket;
  }
}

const OPENED: ResponseHead = {
  status: 200,
  fields: NO_FIELDS,
  length: undefined,
  meshReason: undefined,
  meshRetry: undefined,
};

const WRONG_DESTINATION: Reply = {
  status: 400,
  reason: 'wrong-destination',
  text: 'this is a way to one application, by CONNECT to its address and port',
};

/** Hears the rest of what was refused. */
const NOBODY: RequestListener = {
  requestContent: () => undefined,
  requestTrailers: () => undefined,
  requestMalformed: () => undefined,
  clientDrained: () => undefined,
  clientGone: () => undefined,
};
