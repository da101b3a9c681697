import type { CompletionNode } from './words.ts';

/** Completion for zsh: `source <(selvage completion zsh)`. */
export function zshCompletion(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(({ path, words }) => {
    const entries = words.map(({ word, description }) => `${word}:${description}`);
    return `    ${quoted(path)}) entries=(${entries.map(quoted).join(' ')}) ;;`;
  });
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `#compdef selvage
# zsh completion for selvage
_selvage() {
  local path='' word
  local -a entries known
  known=(${paths.join(' ')})
  for word in "\${(@)words[2,CURRENT-1]}"; do
    if [[ $word == -- ]]; then _command_names -e; _files; return; fi
    local longer="\${path:+$path }$word"
    if (( \${known[(Ie)$longer]} )); then path=$longer; fi
  done
  case $path in
${cases.join('\n')}
  esac
  _describe 'selvage' entries
  _files
}
compdef _selvage selvage
`;
}

/** One word of zsh, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
