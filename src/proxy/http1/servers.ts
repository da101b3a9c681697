import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import type { Lessee, Servers } from '../http/halves.ts';
import { POOL_CONNECTIONS } from '../limits.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { Http1ServerConnection } from './server-connection.ts';

/** The share of the connections that is open to whoever comes first. */
const UNSHARED = 0.75;

/** A connection, or one that is being opened. */
interface Holder {
  readonly requester: string | undefined;
}

/** The connections to an application: an idle one is used again, else one is opened. */
export class Http1Servers implements Servers {
  readonly #runtime: Runtime;
  readonly #target: DialTarget;
  readonly #limit: number;
  /** The one that was used last is used next, so that those which are not needed grow old. */
  readonly #idle: Http1ServerConnection[] = [];
  /** In use, idle and opening. */
  readonly #all = new Set<Holder>();

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
    if (!this.#admits(lessee)) {
      const { host, port } = this.#target;
      const detail = `${this.#all.size} of ${this.#limit} connections to ${host}:${port} are in use`;
      lessee.unleased({ stage: 'pool', reason: 'full', detail });
      return;
    }
    const opening = new Opening(this.#runtime, this, lessee);
    this.#all.add(opening);
    lessee.pending = opening;
    opening.begin(this.#target);
  }

  /** May another connection be opened? When few are left, not for who has half of them. */
  #admits({ requester }: Lessee): boolean {
    if (this.#all.size < this.#limit * UNSHARED) return true;
    if (this.#all.size >= this.#limit) return false;
    let own = 0;
    for (const holder of this.#all) if (holder.requester === requester) own += 1;
    return own < this.#limit / 2;
  }

  /** For a connection: its request is over, and it is in order. */
  giveBack(connection: Http1ServerConnection): void {
    this.#idle.push(connection);
    this.#runtime.census.pooled += 1;
  }

  /** It takes the place of the one that was being opened. */
  opened(opening: Holder, connection: Http1ServerConnection): void {
    this.#all.delete(opening);
    this.#all.add(connection);
  }

  /** For a connection: it is gone, or did not come about. */
  forget(holder: Holder): void {
    this.#all.delete(holder);
    const at = holder instanceof Http1ServerConnection ? this.#idle.indexOf(holder) : -1;
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#runtime.census.pooled -= 1;
  }
}

/** A connection that is being opened for one request. */
class Opening implements Dialler, Holder {
  readonly requester: string | undefined;
  readonly #runtime: Runtime;
  readonly #servers: Http1Servers;
  readonly #lessee: Lessee;
  #dial: Dial | undefined;

  constructor(runtime: Runtime, servers: Http1Servers, lessee: Lessee) {
    this.requester = lessee.requester;
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
    this.#servers.forget(this);
  }

  connected(socket: PartySocket): void {
    const connection = new Http1ServerConnection(this.#runtime, socket, this.#servers);
    socket.data = connection;
    this.#servers.opened(this, connection);
    this.#lessee.pending = undefined;
    connection.lend(this.#lessee);
    this.#lessee.leased(connection);
  }

  failed(failure: DialFailure): void {
    this.#servers.forget(this);
    this.#lessee.pending = undefined;
    this.#lessee.unleased(failure);
  }
}
