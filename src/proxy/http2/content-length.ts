/** Up to 999,999,999,999,999 bytes, which a number holds exactly. */
const LENGTH = /^\d{1,15}$/;

/** RFC 9110 section 8.6: one number; undefined when it is none, lists of equal ones included, or a second one. */
export const readLength = (value: string, before: number | undefined): number | undefined =>
  before === undefined && LENGTH.test(value) ? Number(value) : undefined;
