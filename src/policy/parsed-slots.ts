/**
 * Things that stay parsed inside the engine under a name, the last few used. The engine has no way to forget
 * one, only to overwrite it; the object's identity stands for the thing.
 */
export class ParsedSlots<T extends object> {
  readonly #slots: { readonly name: string; value: T | undefined }[];
  readonly #parse: (name: string, value: T) => void;

  /** `parse` puts a value under a name into the engine, and throws if it cannot. */
  constructor(prefix: string, count: number, parse: (name: string, value: T) => void) {
    this.#slots = Array.from({ length: count }, (_, index) => ({
      name: `${prefix}-${index}`,
      value: undefined,
    }));
    this.#parse = parse;
  }

  /** The name under which the engine knows `value` now. */
  nameOf(value: T): string {
    const slots = this.#slots;
    const found = slots.findIndex((slot) => slot.value === value);
    const [slot] = slots.splice(found < 0 ? slots.length - 1 : found, 1);
    if (slot === undefined) throw new Error('a fixed number of slots was lost');
    slots.unshift(slot);
    if (slot.value !== value) {
      slot.value = undefined;
      this.#parse(slot.name, value);
      slot.value = value;
    }
    return slot.name;
  }
}
