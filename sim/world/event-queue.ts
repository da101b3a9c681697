/** Children of each node of the heap: shallower than two, and still in one line of the cache. */
const FAN_OUT = 4;
const FIRST_CAPACITY = 1_024;

/** Where an event lies until it is taken or removed; then another may lie there. */
export type EventSlot = number;

/**
 * What is to happen, soonest first; of what is due at one moment, what was added first. A heap over
 * typed arrays: comparing touches no object, and a removed event leaves nothing behind.
 */
export class EventQueue<Event> {
  #capacity = FIRST_CAPACITY;
  #size = 0;
  #added = 0;
  // By place in the heap.
  #times = new Float64Array(FIRST_CAPACITY);
  #orders = new Float64Array(FIRST_CAPACITY);
  #slots = new Int32Array(FIRST_CAPACITY);
  // By slot.
  readonly #events: (Event | undefined)[] = [];
  #places = new Int32Array(FIRST_CAPACITY);
  /** Slots that are free: the last `capacity - size` of them. */
  #free = Int32Array.from({ length: FIRST_CAPACITY }, (_, slot) => slot);

  get size(): number {
    return this.#size;
  }

  /** When the next event is due; `Infinity` when there is none. */
  get soonest(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[0] ?? 0);
  }

  add(at: number, event: Event): EventSlot {
    if (this.#size === this.#capacity) this.#grow();
    const slot = this.#free[this.#size] ?? 0;
    this.#events[slot] = event;
    this.#rise(this.#size++, at, this.#added++, slot);
    return slot;
  }

  /** The next event, or undefined when there is none. */
  take(): Event | undefined {
    if (this.#size === 0) return undefined;
    const slot = this.#slots[0] ?? 0;
    const event = this.#events[slot];
    this.remove(slot);
    return event;
  }

  /** Takes an event back that was added, and is there still. */
  remove(slot: EventSlot): void {
    const place = this.#places[slot] ?? 0;
    const last = --this.#size;
    this.#events[slot] = undefined;
    this.#free[last] = slot;
    if (place === last) return;
    const [at, order, moved] = [this.#times[last], this.#orders[last], this.#slots[last]];
    this.#sink(place, at ?? 0, order ?? 0, moved ?? 0);
  }

  /** Every event that waits, in no order. */
  *waiting(): Iterable<readonly [slot: EventSlot, event: Event]> {
    for (let place = this.#size - 1; place >= 0; place--) {
      const slot = this.#slots[place] ?? 0;
      const event = this.#events[slot];
      if (event !== undefined) yield [slot, event];
    }
  }

  /** Puts an event at `start` or above it. */
  #rise(start: number, at: number, order: number, slot: EventSlot): void {
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >> 2;
      if (!this.#isLater(parent, at, order)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, at, order, slot);
  }

  /** Puts an event at `start` or below it, or above it when nothing below is sooner. */
  #sink(start: number, at: number, order: number, slot: EventSlot): void {
    let place = start;
    for (;;) {
      const child = this.#soonestChild(place);
      if (child < 0 || this.#isLater(child, at, order)) break;
      this.#move(child, place);
      place = child;
    }
    if (place === start) this.#rise(place, at, order, slot);
    else this.#put(place, at, order, slot);
  }

  #soonestChild(place: number): number {
    const first = place * FAN_OUT + 1;
    if (first >= this.#size) return -1;
    const end = Math.min(first + FAN_OUT, this.#size);
    let soonest = first;
    for (let child = first + 1; child < end; child++) {
      if (this.#isLater(soonest, this.#times[child] ?? 0, this.#orders[child] ?? 0)) {
        soonest = child;
      }
    }
    return soonest;
  }

  #isLater(place: number, at: number, order: number): boolean {
    const other = this.#times[place] ?? 0;
    return other > at || (other === at && (this.#orders[place] ?? 0) > order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from] ?? 0, this.#orders[from] ?? 0, this.#slots[from] ?? 0);
  }

  #put(place: number, at: number, order: number, slot: EventSlot): void {
    this.#times[place] = at;
    this.#orders[place] = order;
    this.#slots[place] = slot;
    this.#places[slot] = place;
  }

  #grow(): void {
    const from = this.#capacity;
    this.#capacity *= 2;
    this.#times = grown(this.#times, new Float64Array(this.#capacity));
    this.#orders = grown(this.#orders, new Float64Array(this.#capacity));
    this.#slots = grown(this.#slots, new Int32Array(this.#capacity));
    this.#places = grown(this.#places, new Int32Array(this.#capacity));
    this.#free = grown(this.#free, new Int32Array(this.#capacity));
    for (let slot = from; slot < this.#capacity; slot++) this.#free[slot] = slot;
  }
}

function grown<Numbers extends Float64Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}
