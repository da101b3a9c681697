import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import type { Lessee, Servers } from '../http/halves.ts';
import { POOL_CONNECTIONS } from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { Http1ServerConnection } from './server-connection.ts';

/** The connections to an application: an idle one is used again, else one is opened. */
export class Http1Servers implements Servers {
  readonly #runtime: Runtime;
  readonly #target: DialTarget;
  readonly #limit: number;
  /** The one that was used last is used next, so that those which are not needed grow old. */
  readonly #idle: Http1ServerConnection[] = [];
  /** In use, idle and opening. */
  #count = 0;

  constructor(runtime: Runtime, target: DialTarget, limit = POOL_CONNECTIONS) {
    this.#runtime = runtime;
    this.#target = target;
    this.#limit = limit;
  }

  lease(lessee: Lessee, fresh: boolean): void {
    const idle = fresh ? undefined : this.#idle.pop();
    if (idle !== undefined) {
      this.#runtime.census.pooled -= 1;
      idle.lend(lessee);
      lessee.leased(idle);
      return;
    }
    if (this.#count >= this.#limit) {
      const { host, port } = this.#target;
      const detail = `${this.#limit} connections to ${host}:${port} are in use`;
      lessee.unleased({ stage: 'pool', reason: 'full', detail });
      return;
    }
    this.#count += 1;
    const opening = new Opening(this.#runtime, this, lessee);
    lessee.pending = opening;
    opening.begin(this.#target);
  }

  /** For a connection: its request is over, and it is in order. */
  giveBack(connection: Http1ServerConnection): void {
    this.#idle.push(connection);
    this.#runtime.census.pooled += 1;
  }

  /** For a connection: it is gone, or did not come about. */
  forget(connection: Http1ServerConnection | undefined): void {
    this.#count -= 1;
    const at = connection === undefined ? -1 : this.#idle.indexOf(connection);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#runtime.census.pooled -= 1;
  }
}

/** A connection that is being opened for one request. */
class Opening implements Dialler {
  readonly #runtime: Runtime;
  readonly #servers: Http1Servers;
  readonly #lessee: Lessee;
  #dial: Dial | undefined;

  constructor(runtime: Runtime, servers: Http1Servers, lessee: Lessee) {
    this.#runtime = runtime;
    this.#servers = servers;
    this.#lessee = lessee;
  }

  begin(target: DialTarget): void {
    const dial = Dial.begin(this.#runtime, target, this);
    if (dial instanceof Dial) this.#dial = dial;
    else this.failed(dial);
  }

  cancel(): void {
    this.#dial?.cancel();
    this.#servers.forget(undefined);
  }

  connected(socket: PartySocket): void {
    const connection = new Http1ServerConnection(this.#runtime, socket, this.#servers);
    socket.data = connection;
    this.#lessee.pending = undefined;
    connection.lend(this.#lessee);
    this.#lessee.leased(connection);
  }

  failed(failure: DialFailure): void {
    this.#servers.forget(undefined);
    this.#lessee.pending = undefined;
    this.#lessee.unleased(failure);
  }
}
