import type { Field } from '../http/field.ts';
import type { AcceptRequest, ClientHalf, RequestListener } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import { NO_BYTES } from '../no-bytes.ts';
import { Outflow } from '../outflow.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { TunnelEnd, type TunnelOwner } from './tunnel-end.ts';

/** What every connection asks for: to be connected to the service. */
const CONNECT: RequestHead = {
  method: 'CONNECT',
  target: '',
  path: '',
  host: '',
  fields: [],
  length: undefined,
  upgrade: undefined,
};

/**
 * An application's connection as the half of one exchange. What it says first goes on before there is an answer,
 * which saves the way there and back; an answer other than 200 is a reset: nobody there could read it.
 */
export class TcpClientConnection implements ClientHalf, TunnelOwner {
  readonly #runtime: Runtime;
  readonly #accept: AcceptRequest;
  readonly #end: TunnelEnd;
  #listener: RequestListener | undefined;

  constructor(runtime: Runtime, socket: PartySocket, accept: AcceptRequest) {
    this.#runtime = runtime;
    this.#accept = accept;
    this.#end = new TunnelEnd(socket, new Outflow(socket, runtime.census), this);
  }

  /** Announces the connection; `early`: what was read of it already. */
  start(early?: Buffer): void {
    if (early !== undefined) this.#end.received(early);
    this.#listener = this.#accept(CONNECT, this, false);
    this.#runtime.turn.add(this.#end); // whoever accepts is not interrupted by what waits
  }

  inform(): void {
    // Its protocol has no place for it.
  }

  answer(head: ResponseHead, _added: readonly Field[], ended: boolean): void {
    if (head.status !== 200) {
      const listener = this.#listener;
      this.breakOff();
      listener?.clientGone(); // nobody waits for the rest of that answer, which need not end
      return;
    }
    if (ended) this.#end.send(NO_BYTES, 0, 0, true);
  }

  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    return this.#end.send(bytes, from, to, ended);
  }

  trailers(): void {
    this.#end.send(NO_BYTES, 0, 0, true);
  }

  breakOff(): void {
    this.#listener = undefined;
    this.#end.reset();
  }

  hold(): void {
    this.#end.hold();
  }

  release(): void {
    this.#end.release();
  }

  tunnelled(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.#listener?.requestContent(bytes, from, to, ended);
  }

  tunnelDrained(): void {
    this.#listener?.clientDrained();
  }

  tunnelClosed(inOrder: boolean): void {
    this.#runtime.census.clients -= 1;
    if (!inOrder) this.#listener?.clientGone();
    this.#listener = undefined;
  }
}
