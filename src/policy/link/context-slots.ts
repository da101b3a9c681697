/** Where a decision input has each attribute of the context, and which of them some policy reads. */
export class ContextSlots {
  /** In the order of their slots. */
  readonly names: readonly string[];
  readonly #slots: ReadonlyMap<string, number>;
  readonly #read = new Set<string>();

  constructor(names: readonly string[]) {
    this.names = names;
    this.#slots = new Map(names.map((name, slot) => [name, slot]));
  }

  /** Names of what policies read. */
  get reads(): ReadonlySet<string> {
    return this.#read;
  }

  /** The slot of an attribute that a policy reads; undefined for one that no action has. */
  read(name: string): number | undefined {
    const slot = this.#slots.get(name);
    if (slot !== undefined) this.#read.add(name);
    return slot;
  }

  /** A policy takes the context as one value. */
  readAll(): void {
    for (const name of this.names) this.#read.add(name);
  }
}
