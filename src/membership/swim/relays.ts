import { MAX_RELAYS, MAX_RELAYS_PER_ASKER } from './limits.ts';
import type { ProbeNumber } from './message.ts';
import type { Handle } from './roster.ts';

/** A ping on behalf of another, whose answer is to be passed on. */
export interface Relay {
  readonly asker: Handle;
  readonly probe: ProbeNumber;
  readonly target: Handle;
}

/** Pings that others asked for and that are not answered yet. */
export class Relays {
  readonly #relays = new Map<number, Relay>();
  #last = 0;

  get size(): number {
    return this.#relays.size;
  }

  /** Its number, for {@link end}; undefined: too many are under way. */
  begin(relay: Relay): number | undefined {
    if (this.#relays.size >= MAX_RELAYS) return undefined;
    let ofAsker = 0;
    for (const { asker } of this.#relays.values()) if (asker === relay.asker) ofAsker += 1;
    if (ofAsker >= MAX_RELAYS_PER_ASKER) return undefined;
    this.#last += 1;
    this.#relays.set(this.#last, relay);
    return this.#last;
  }

  /** The relay, unless it has been answered. */
  end(number: number): Relay | undefined {
    const relay = this.#relays.get(number);
    this.#relays.delete(number);
    return relay;
  }

  /** Who asked, or was asked for, is no member any more. */
  forget(member: Handle): void {
    for (const [number, { asker, target }] of this.#relays) {
      if (asker === member || target === member) this.#relays.delete(number);
    }
  }

  /** True when this is the answer to one: it is over then. */
  answered({ asker, probe, target }: Relay): boolean {
    for (const [number, relay] of this.#relays) {
      if (relay.asker !== asker || relay.probe !== probe || relay.target !== target) continue;
      return this.#relays.delete(number);
    }
    return false;
  }
}
