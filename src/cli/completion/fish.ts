import type { CompletionNode } from './words.ts';

/** Completion for fish: `selvage completion fish | source`. */
export function fishCompletion(nodes: readonly CompletionNode[]): string {
  const known = nodes.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const lines = nodes.flatMap(({ path, words }) =>
    words.map(({ word, description }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${quoted(word)}`;
      const when = quoted(`test (__selvage_path) = ${JSON.stringify(path)}`);
      return `complete -c selvage -n ${when} ${what} -d ${quoted(description)}`;
    }),
  );
  return `# fish completion for selvage
function __selvage_path
    set -l known ${known.join(' ')}
    set -l path ''
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim "$path $word")
        if contains -- "$longer" $known
            set path $longer
        end
    end
    echo "$path"
end
${lines.join('\n')}
`;
}

/** One word of fish, whatever is in it. */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
