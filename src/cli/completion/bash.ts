import type { CompletionNode } from './words.ts';

/** Completion for bash: `source <(selvage completion bash)`. */
export function bashCompletion(nodes: readonly CompletionNode[]): string {
  const cases = nodes.map(({ path, words }) => {
    const list = words.map(({ word }) => word).join(' ');
    return `    '${path}') words='${list}' ;;`;
  });
  return `# bash completion for selvage
_selvage() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      --) COMPREPLY=($(compgen -c -f -- "$current")); return ;;
      -*) ;;
      *) if _selvage_knows "\${path:+$path }$word"; then path=\${path:+$path }$word; fi ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -f -- "$current"))
}
_selvage_knows() {
  case $1 in
    ${nodes
      .filter(({ path }) => path !== '')
      .map(({ path }) => `'${path}'`)
      .join('|')}) return 0 ;;
  esac
  return 1
}
complete -F _selvage selvage
`;
}
