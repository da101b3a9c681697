/** The command that makes one run again, as a person types it. */
export const replayCommand = (flags: readonly string[], seed: number): string =>
  `npm run sim -- ${[...flags, '--seed', String(seed)].map(quoted).join(' ')}`;

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
