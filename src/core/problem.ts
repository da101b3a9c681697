/** One wrong place in something that a person wrote: reported all at once, never one at a time. */
export interface Problem {
  readonly file: string;
  /** From 1; undefined where the whole file is meant. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

/** `file:line:column: message`, the form that editors can jump to. */
export function formatProblem({ file, line, column, message }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${message}`;
}
