const CONTINUED = '    ';

/** A line broken between words, where it is longer than `width`. */
export function wrapped(line: string, width: number): string[] {
  const at = line.length > width ? line.lastIndexOf(' ', width) : -1;
  if (at <= CONTINUED.length) return [line]; // it fits, or is one long word
  return [line.slice(0, at).trimEnd(), ...wrapped(CONTINUED + line.slice(at + 1), width)];
}
