import type { SocketAddress, Timer } from '../ports/index.ts';
import { Dial, type Dialler } from './dial.ts';
import { LOCAL_CONNECT_TIMEOUT_MS } from './limits.ts';
import type { Party, PartySocket } from './party.ts';
import type { Runtime } from './runtime.ts';

/** An application is looked for often as it starts, and less the longer it takes: the look is late by half of the wait at most. */
const FIRST_LOOK_MS = 5;
const LOOKS_GROW_BY = 1.5;
const UNTIL_READY_MS = 250;
const WHILE_READY_MS = 1_000;

/**
 * Watches whether the application listens, by connecting to its port, or else by asking the kernel whether it takes
 * datagrams there: after 5 ms, then less and less often to each 250 ms until it does, then every second. Each change is told once, beginning with the
 * first answer.
 */
export class ReadinessProbe implements Dialler, Party {
  readonly #runtime: Runtime;
  readonly #address: SocketAddress;
  readonly #changed: (listening: boolean) => void;
  #listening: boolean | undefined;
  #waitMs = FIRST_LOOK_MS;
  #dial: Dial | undefined;
  #socket: PartySocket | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(runtime: Runtime, address: SocketAddress, changed: (listening: boolean) => void) {
    this.#runtime = runtime;
    this.#address = address;
    this.#changed = changed;
    this.#probe();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#dial?.cancel();
    this.#socket?.terminate();
  }

  #probe(): void {
    const target = {
      ...this.#address,
      connectTimeoutMs: LOCAL_CONNECT_TIMEOUT_MS,
      sockets: this.#runtime.applicationSockets,
    };
    const dial = Dial.begin(this.#runtime, target, this);
    if (dial instanceof Dial) this.#dial = dial;
  }

  connected(socket: PartySocket): void {
    this.#socket = socket;
    socket.data = this;
    this.#runtime.census.servers += 1;
    socket.shutdown(); // in order: a reset makes some applications complain
    this.#settle(true);
  }

  failed(): void {
    this.#settle(this.#runtime.datagrams.isTaken(this.#address));
  }

  #settle(listening: boolean): void {
    this.#dial = undefined;
    const changed = this.#listening !== listening;
    this.#listening = listening;
    if (!this.#stopped) {
      this.#timer = this.#runtime.clock.after(this.#nextWaitMs(listening), () => {
        this.#socket?.terminate(); // an application that never closed it
        this.#probe();
      });
    }
    if (changed) this.#changed(listening);
  }

  #nextWaitMs(listening: boolean): number {
    const waitMs = this.#waitMs;
    this.#waitMs = listening ? FIRST_LOOK_MS : Math.min(waitMs * LOOKS_GROW_BY, UNTIL_READY_MS);
    return listening ? WHILE_READY_MS : waitMs;
  }

  received(): void {
    this.#socket?.terminate(); // a server that speaks first
  }

  drained(): void {
    // Nothing is ever written.
  }

  ended(): void {
    this.#socket?.terminate();
  }

  closed(): void {
    this.#socket = undefined;
    this.#runtime.census.servers -= 1;
  }

  drain(): void {
    this.stop();
  }
}
