import { equal, keyOf } from './equality.ts';
import type { Composite, Value } from './value.ts';

/** What a record is made of; any `ReadonlyMap` will do. */
export interface Fields extends Iterable<readonly [string, Value]> {
  readonly size: number;
  get(name: string): Value | undefined;
  has(name: string): boolean;
}

export class RecordValue {
  readonly fields: Fields;

  constructor(fields: Fields) {
    this.fields = fields;
  }

  get key(): string {
    const fields = [...this.fields].map(
      ([name, value]) => `${JSON.stringify(name)}:${keyOf(value)}`,
    );
    return `{${fields.toSorted().join(',')}}`;
  }

  equals(other: Composite): boolean {
    if (!(other instanceof RecordValue) || other.fields.size !== this.fields.size) return false;
    for (const [name, value] of this.fields) {
      const theirs = other.fields.get(name);
      if (theirs === undefined || !equal(value, theirs)) return false;
    }
    return true;
  }
}
