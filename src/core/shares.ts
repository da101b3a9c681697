/**
 * Places that several share: each holder may have half of what the others leave. So one has half of all at most, two have
 * three quarters, and a third finds some, without a place being taken away from anybody. Of 4,096 it takes a dozen
 * holders to have all.
 */
export class Shares<Holder> {
  readonly #places: number;
  readonly #held = new Map<Holder, number>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; false when that holder has its share. */
  take(holder: Holder): boolean {
    const own = this.#held.get(holder) ?? 0;
    const others = this.#taken - own;
    if (own >= (this.#places - others) / 2) return false;
    this.#held.set(holder, own + 1);
    this.#taken += 1;
    return true;
  }

  /** Gives one back that was taken. */
  giveBack(holder: Holder): void {
    const left = (this.#held.get(holder) ?? 0) - 1;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
    this.#taken -= 1;
  }
}
