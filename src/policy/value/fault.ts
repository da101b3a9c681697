/**
 * Why an expression has no value. An evaluation returns one of these in place of a value: throwing would
 * cost more than the decision. They are made once, so that a fault costs no allocation either.
 */
export class Fault {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const faults = {
  type: new Fault('an operator was given a value of a type that it does not take'),
  overflow: new Fault('a number left the range of 64 bits'),
  attribute: new Fault('an attribute that is not there was read'),
  tag: new Fault('a tag that is not there was read'),
  entity: new Fault('an attribute or a tag of an entity that does not exist was read'),
  ip: new Fault('a text is no IP address or range'),
  decimal: new Fault('a text is no decimal'),
  datetime: new Fault('a text is no datetime'),
  duration: new Fault('a text is no duration'),
} as const;
