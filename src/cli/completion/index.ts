import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import type { CompletionNode } from './words.ts';
import { zshCompletion } from './zsh.ts';

export { completionNodes } from './words.ts';

/** The completion script of each shell, made from what the program can be told. */
export const completionScripts: Readonly<
  Record<string, (nodes: readonly CompletionNode[]) => string>
> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
