/**
 * Places that the users of one host share: each may hold half of what the others leave. So one user has half of all at
 * most, two have three quarters, and a third finds some, without a place being taken away from anybody. Of 4,096 it takes
 * a dozen users to hold all.
 */
export class UserShares {
  readonly #places: number;
  readonly #held = new Map<number, number>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place; false when that user holds its share. */
  take(user: number): boolean {
    const own = this.#held.get(user) ?? 0;
    const others = this.#taken - own;
    if (own >= (this.#places - others) / 2) return false;
    this.#held.set(user, own + 1);
    this.#taken += 1;
    return true;
  }

  /** Gives one back that was taken. */
  giveBack(user: number): void {
    const left = (this.#held.get(user) ?? 0) - 1;
    if (left > 0) this.#held.set(user, left);
    else this.#held.delete(user);
    this.#taken -= 1;
  }
}
