import { keyOf } from './equality.ts';
import type { Composite, Primitive, Value } from './value.ts';

/** Values without order, each once. */
export class SetValue {
  readonly primitives: ReadonlySet<Primitive>;
  /** By key. */
  readonly composites: ReadonlyMap<string, Composite>;

  constructor(members: Iterable<Value>) {
    const primitives = new Set<Primitive>();
    const composites = new Map<string, Composite>();
    for (const member of members) {
      if (typeof member === 'object') composites.set(member.key, member);
      else primitives.add(member);
    }
    this.primitives = primitives;
    this.composites = composites;
  }

  get size(): number {
    return this.primitives.size + this.composites.size;
  }

  get key(): string {
    const keys = [...[...this.primitives].map(keyOf), ...this.composites.keys()];
    return `[${keys.toSorted().join(',')}]`;
  }

  has(value: Value): boolean {
    return typeof value === 'object'
      ? this.composites.size > 0 && this.composites.has(value.key)
      : this.primitives.has(value);
  }

  hasAll(other: SetValue): boolean {
    for (const member of other.primitives) if (!this.primitives.has(member)) return false;
    for (const key of other.composites.keys()) if (!this.composites.has(key)) return false;
    return true;
  }

  hasAny(other: SetValue): boolean {
    for (const member of other.primitives) if (this.primitives.has(member)) return true;
    for (const key of other.composites.keys()) if (this.composites.has(key)) return true;
    return false;
  }

  equals(other: Composite): boolean {
    return other instanceof SetValue && other.size === this.size && this.hasAll(other);
  }
}
