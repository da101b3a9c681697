/** The value of a flag that counts something. @throws Error in words when it has no sense */
export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${flag} is '${text}', and must be a whole number from ${least} to ${most}`);
}
