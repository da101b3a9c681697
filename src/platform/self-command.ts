/**
 * How to start this very program again: the compiled executable by itself, a clone by Bun and its
 * entry file.
 */
export function selfCommand(): readonly string[] {
  const entry = Bun.main;
  // Inside a compiled executable the entry lies in Bun's virtual file system, and is not a file.
  const compiled = entry.startsWith('/$bunfs/');
  return compiled ? [process.execPath] : [process.execPath, entry];
}
