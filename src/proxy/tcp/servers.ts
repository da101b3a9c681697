import { Dial, type DialFailure, type Dialler, type DialTarget } from '../dial.ts';
import type { Lessee, Servers } from '../http/halves.ts';
import type { PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { TcpServerConnection } from './server-connection.ts';

/** The connections to an application that speaks no HTTP: one for each exchange. */
export class TcpServers implements Servers {
  readonly #runtime: Runtime;
  readonly #target: DialTarget;

  constructor(runtime: Runtime, target: DialTarget) {
    this.#runtime = runtime;
    this.#target = target;
  }

  lease(lessee: Lessee): void {
    const dial = Dial.begin(this.#runtime, this.#target, new Opening(this.#runtime, lessee));
    if (dial instanceof Dial) lessee.pending = dial;
    else lessee.unleased(dial);
  }
}

class Opening implements Dialler {
  readonly #runtime: Runtime;
  readonly #lessee: Lessee;

  constructor(runtime: Runtime, lessee: Lessee) {
    this.#runtime = runtime;
    this.#lessee = lessee;
  }

  connected(socket: PartySocket): void {
    this.#lessee.pending = undefined;
    this.#lessee.leased(new TcpServerConnection(this.#runtime, socket, this.#lessee));
  }

  failed(failure: DialFailure): void {
    this.#lessee.pending = undefined;
    this.#lessee.unleased(failure);
  }
}
