import { sameKey } from './equality.ts';
import { type Fault, faults } from './fault.ts';
import { type Long, longOf } from './long.ts';
import type { Composite } from './value.ts';

/** Digits that a decimal keeps behind its point. */
const PLACES = 4;
const PATTERN = /^(-?)(\d+)\.(\d+)$/;

/** A number with four digits behind its point, held as a count of ten-thousandths. */
export class Decimal {
  readonly tenThousandths: Long;

  constructor(tenThousandths: Long) {
    this.tenThousandths = tenThousandths;
  }

  get key(): string {
    return `#decimal ${this.tenThousandths}`;
  }

  equals(other: Composite): boolean {
    return sameKey(this, other);
  }
}

/** `-12.3456`: digits on both sides of the point, at most four behind it, even if they are zeros. */
export function parseDecimal(text: string): Decimal | Fault {
  const match = PATTERN.exec(text);
  if (match === null) return faults.decimal;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (fraction.length > PLACES) return faults.decimal;
  const size = longOf(BigInt(`${sign}${whole}${fraction.padEnd(PLACES, '0')}`));
  return typeof size === 'object' ? faults.decimal : new Decimal(size);
}
