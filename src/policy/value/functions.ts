import { DAY_MS, Datetime, parseDatetime } from './datetime.ts';
import { Decimal, parseDecimal } from './decimal.ts';
import { Duration, parseDuration } from './duration.ts';
import { Fault } from './fault.ts';
import { IpAddress, isLoopback, isMulticast, parseIp } from './ip-address.ts';
import { add, divide, type Long, remainder, subtract } from './long.ts';
import { type Binary, misfit, type Unary } from './operators.ts';
import type { Outcome } from './value.ts';

const parsing =
  (parse: (text: string) => Outcome): Unary =>
  (a) =>
    typeof a === 'string' ? parse(a) : misfit(a);

const ofIp =
  (holds: (ip: IpAddress) => boolean): Unary =>
  (a) =>
    a instanceof IpAddress ? holds(a) : misfit(a);

const ofDecimals =
  (holds: (a: Long, b: Long) => boolean): Binary =>
  (a, b) =>
    a instanceof Decimal && b instanceof Decimal
      ? holds(a.tenThousandths, b.tenThousandths)
      : misfit(a, b);

const inUnits =
  (unitMs: number): Unary =>
  (a) =>
    a instanceof Duration ? divide(a.ms, unitMs) : misfit(a);

const datetimeOf = (epochMs: Long | Fault): Outcome =>
  epochMs instanceof Fault ? epochMs : new Datetime(epochMs);
const durationOf = (ms: Long | Fault): Outcome => (ms instanceof Fault ? ms : new Duration(ms));

/** The functions and methods of Cedar's extension types (…/policies/syntax-datatypes.html#datatype-extension). */
export const unaryFunctions = {
  ip: parsing(parseIp),
  decimal: parsing(parseDecimal),
  datetime: parsing(parseDatetime),
  duration: parsing(parseDuration),
  isIpv4: ofIp((ip) => ip.family === 4),
  isIpv6: ofIp((ip) => ip.family === 6),
  isLoopback: ofIp(isLoopback),
  isMulticast: ofIp(isMulticast),
  toDate: (a: Outcome) =>
    a instanceof Datetime
      ? datetimeOf(subtract(a.epochMs, remainder(a.epochMs, DAY_MS)))
      : misfit(a),
  toTime: (a: Outcome) =>
    a instanceof Datetime ? new Duration(remainder(a.epochMs, DAY_MS)) : misfit(a),
  toMilliseconds: inUnits(1),
  toSeconds: inUnits(1000),
  toMinutes: inUnits(60_000),
  toHours: inUnits(3_600_000),
  toDays: inUnits(DAY_MS),
} as const satisfies Record<string, Unary>;

export const binaryFunctions = {
  isInRange: (a: Outcome, b: Outcome) =>
    a instanceof IpAddress && b instanceof IpAddress ? a.isIn(b) : misfit(a, b),
  lessThan: ofDecimals((a, b) => a < b),
  lessThanOrEqual: ofDecimals((a, b) => a <= b),
  greaterThan: ofDecimals((a, b) => a > b),
  greaterThanOrEqual: ofDecimals((a, b) => a >= b),
  offset: (a: Outcome, b: Outcome) =>
    a instanceof Datetime && b instanceof Duration
      ? datetimeOf(add(a.epochMs, b.ms))
      : misfit(a, b),
  durationSince: (a: Outcome, b: Outcome) =>
    a instanceof Datetime && b instanceof Datetime
      ? durationOf(subtract(a.epochMs, b.epochMs))
      : misfit(a, b),
} as const satisfies Record<string, Binary>;

export type UnaryFunction = keyof typeof unaryFunctions;
export type BinaryFunction = keyof typeof binaryFunctions;
