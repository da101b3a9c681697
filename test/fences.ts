/** A fenced block of a Markdown page. */
export interface Fence {
  /** The first word after the backticks, such as `sh`. */
  readonly language: string;
  /** The words after it: `tour shell=n1` gives `{ tour: '', shell: 'n1' }`. */
  readonly marks: Readonly<Record<string, string>>;
  readonly text: string;
  /** Of its first line of text, from 1. */
  readonly line: number;
}

const FENCE = /^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```$/gm;

/** All fenced blocks of `page`, in order. */
export const fencesOf = (page: string): Fence[] =>
  [...page.matchAll(FENCE)].map(({ 1: language = '', 2: words = '', 3: text = '', index }) => ({
    language,
    marks: Object.fromEntries(
      words
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => {
          const [name = '', value = ''] = word.split('=');
          return [name, value];
        }),
    ),
    text,
    line: page.slice(0, index).split('\n').length + 1,
  }));
