import type { Datetime } from './datetime.ts';
import type { Decimal } from './decimal.ts';
import type { Duration } from './duration.ts';
import type { EntityRef } from './entity.ts';
import type { Fault } from './fault.ts';
import type { IpAddress } from './ip-address.ts';
import type { Long } from './long.ts';
import type { RecordValue } from './record.ts';
import type { SetValue } from './set.ts';

export type Primitive = boolean | Long | string;

/** What has parts, and so is compared by them. */
export type Composite =
  | EntityRef
  | RecordValue
  | SetValue
  | IpAddress
  | Decimal
  | Datetime
  | Duration;

/** A value of Cedar's language (https://docs.cedarpolicy.com/policies/syntax-datatypes.html). Never changed. */
export type Value = Primitive | Composite;

/** What evaluating an expression gives. */
export type Outcome = Value | Fault;
