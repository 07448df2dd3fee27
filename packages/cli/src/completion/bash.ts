import { groupsOf, type Completed } from './completed.js';

const listed = (words: Iterable<string>): string => [...words].join(' ');

/** A script for bash. zsh runs it too, by its bashcompinit. */
export const bashScript = (commands: readonly Completed[]): string =>
  [typedWords(commands), commandName(commands), offersOf(commands), offered].join('');

/** The words before the one that is completed, without options and their values. */
function typedWords(commands: readonly Completed[]): string {
  const valued = new Set(commands.flatMap(({ flags }) =>
    flags.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names)));
  return `# Completion of pinky: put  source <(pinky completion bash)  into ~/.bashrc
_pinky() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev='' word='' name='' kind='' flags='' seconds='' ids='' at=0 skip=0 i
  local -a words
  words=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [ "$skip" = 1 ]; then skip=0; continue; fi
    case "$word" in
      ${[...valued].join('|')}) skip=1 ;;
      -*) ;;
      *) words+=("$word") ;;
    esac
  done
`;
}

/** The command that they name, in one word or two. Without any word yet, the commands are offered. */
function commandName(commands: readonly Completed[]): string {
  const groups = groupsOf(commands);
  const pairs = [...groups].flatMap(([first, seconds]) => seconds.map((second) => `'${first} ${second}'`));
  return `  COMPREPLY=()
  [ "$skip" = 1 ] && { COMPREPLY=($(compgen -f -- "$cur")); return; }
  if [ "\${#words[@]}" = 0 ]; then
    case "$cur" in
      -*) COMPREPLY=($(compgen -W '--help --version' -- "$cur")) ;;
      *) COMPREPLY=($(compgen -W '${listed(groups.keys())}' -- "$cur")) ;;
    esac
    return
  fi
  name="\${words[0]}"; at=$((\${#words[@]} - 1))
  if [ "\${#words[@]}" -gt 1 ]; then
    case "$name \${words[1]}" in
      ${pairs.join('|')}) name="$name \${words[1]}"; at=$((at - 1)) ;;
    esac
  fi
`;
}

/** The second words, the kind of the next argument, and the options of that command. */
function offersOf(commands: readonly Completed[]): string {
  const groups = groupsOf(commands);
  return `  case "$name" in
${[...groups].filter(([, seconds]) => seconds.length > 0).map(([first, seconds]) =>
  `    '${first}') [ "$at" = 0 ] && seconds='${listed(seconds)}' ;;`).join('\n')}
  esac
  case "$name:$at" in
${argumentCases(commands).join('\n')}
  esac
  case "$name" in
${commands.map(({ name, flags }) =>
  `    '${name}') flags='${listed(flags.flatMap(({ names }) => names))} --help' ;;`).join('\n')}
  esac
`;
}

/** Offers what fits. */
const offered = `  case "$cur" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$cur")); return ;;
  esac
  case "$kind" in
    server) ids="$("\${COMP_WORDS[0]}" completion ids 2>/dev/null)" ;;
    shell) ids='bash zsh fish' ;;
    file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  COMPREPLY=($(compgen -W "$seconds $ids" -- "$cur"))
}
complete -F _pinky pinky ./pinky pinkyctl
`;

/** Which kind of word comes at which place of each command. */
function argumentCases(commands: readonly Completed[]): string[] {
  return commands.flatMap(({ name, args }) =>
    args.flatMap((kind, at) => (kind === 'word' ? [] : [`    '${name}:${at}') kind=${kind} ;;`])));
}
