import type { Argument, Command, Option } from 'commander';

import { optionsOf, pathOf } from './cli-command.js';
import type { Shell } from './commands/completion.js';
import { everyCommand } from './examples.js';

/** What may follow a command: names, flags, and values of those flags and arguments that have a fixed list. */
interface Node {
  /** Names of commands below the program: `['mongo', 'rebuild']`. */
  path: string[];
  summary: string;
  /** Names of commands, or the choices of its first argument. */
  words: { name: string; about: string }[];
  options: { flags: string[]; about: string; value: Value }[];
}

/** What follows a flag: nothing, one of a list, a file or folder, or something that cannot be completed. */
type Value = { kind: 'none' } | { kind: 'list'; of: string[] } | { kind: 'path' } | { kind: 'any' };

/** Shell completion of the whole program, generated from the program itself. */
export function completionScript(program: Command, shell: Shell): string {
  const nodes = everyCommand(program).map(nodeOf);
  return { bash, zsh, fish }[shell](program.name(), nodes);
}

function nodeOf(command: Command): Node {
  const [argument] = command.registeredArguments;
  return {
    path: pathOf(command).split(' ').slice(1),
    summary: command.summary(),
    words: [
      ...command.commands.map((child) => ({ name: child.name(), about: child.summary() })),
      ...choicesOf(argument).map((name) => ({ name, about: '' })),
    ],
    options: [
      ...optionsOf(command).map((option) => ({
        flags: [option.long, option.short].filter((flag) => flag !== undefined),
        about: option.description,
        value: valueOf(option),
      })),
    ].filter(({ flags }, at, all) => at === all.findIndex((other) => other.flags[0] === flags[0])),
  };
}

function choicesOf(argument: Argument | undefined): readonly string[] {
  return argument?.argChoices ?? [];
}

function valueOf(option: Option): Value {
  if (!option.required && !option.optional) return { kind: 'none' };
  if (option.argChoices !== undefined) return { kind: 'list', of: option.argChoices };
  return /<(dir|file|path)>/.test(option.flags) ? { kind: 'path' } : { kind: 'any' };
}

/** Words that hold nothing a shell would expand; everything else of the program stays out of the scripts. */
function safe(words: readonly string[]): string {
  return words.filter((word) => /^[\w./:-]+$/.test(word)).join(' ');
}

function bash(name: string, nodes: readonly Node[]): string {
  const fn = `_${name.replace(/\W/g, '_')}`;
  const cases = nodes.map(({ path, words, options }) => {
    const flags = safe(options.flatMap((option) => option.flags));
    return `    '${path.join(' ')}') words='${safe(words.map((word) => word.name))}'; flags='${flags}' ;;`;
  });
  const known = nodes.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  return `# Completion of ${name} for bash. Made by: ${name} completion bash
${fn}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' next words flags i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${known.join('|')}) path="$next" ;;
    esac
  done
  COMPREPLY=()
  case "$previous" in
${valueCases(nodes)
  .map(([flags, action]) => `    ${flags.join('|')}) ${action}; return ;;`)
  .join('\n')}
  esac
  case "$path" in
${cases.join('\n')}
  esac
  if [[ "$current" == -* || -z "$words" ]]; then words="$flags"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F ${fn} ${name}
`;
}

/** Flags that take a value, with what bash offers for it. */
function valueCases(nodes: readonly Node[]): [string[], string][] {
  const seen = new Map<string, string>();
  for (const { options } of nodes) {
    for (const { flags, value } of options) {
      if (value.kind === 'none') continue;
      const action =
        value.kind === 'list'
          ? `COMPREPLY=($(compgen -W '${safe(value.of)}' -- "$current"))`
          : value.kind === 'path'
            ? 'COMPREPLY=($(compgen -f -- "$current"))'
            : ':';
      for (const flag of flags) seen.set(flag, action);
    }
  }
  const byAction = new Map<string, string[]>();
  for (const [flag, action] of seen) byAction.set(action, [...(byAction.get(action) ?? []), flag]);
  return [...byAction].map(([action, flags]) => [flags, action]);
}

function zsh(name: string, nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, words, options }) => {
    const described = words.map((word) => quoted(`${word.name}:${word.about}`)).join(' ');
    const flags = options.map(({ flags, about }) => quoted(`${flags[0] ?? ''}:${about}`)).join(' ');
    return `    '${path.join(' ')}') words_=(${described}); flags_=(${flags}) ;;`;
  });
  const known = nodes.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const files = valueCases(nodes).find(([, action]) => action.includes('compgen -f'))?.[0] ?? [];
  return `#compdef ${name}
# Completion of ${name} for zsh. Made by: ${name} completion zsh
local path_='' next_ i
local -a words_ flags_
for ((i = 2; i < CURRENT; i++)); do
  next_="\${path_:+$path_ }\${words[i]}"
  case "$next_" in
    ${known.join('|')}) path_="$next_" ;;
  esac
done
case "\${words[CURRENT-1]}" in
  ${files.length === 0 ? '--' : files.join('|')}) _files; return ;;
esac
case "$path_" in
${cases.join('\n')}
esac
if [[ "\${words[CURRENT]}" == -* ]] || (( \${#words_} == 0 )); then
  _describe 'option' flags_
else
  _describe 'command' words_
fi
`;
}

function fish(name: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words, options }) => {
    // A command's own words come after all of its names and before any name below it.
    const seen = path.map((part) => `__fish_seen_subcommand_from ${part}`);
    const below = words.map((word) => word.name);
    const open = below.length === 0 ? [] : [`not __fish_seen_subcommand_from ${below.join(' ')}`];
    const here = (conditions: readonly string[]) =>
      conditions.length === 0 ? '' : ` -n '${conditions.join('; and ')}'`;
    return [
      ...words.map(
        (word) =>
          `complete -c ${name} -f${here([...seen, ...open])} -a ${word.name} -d ${quoted(word.about)}`,
      ),
      ...options.map(({ flags, about, value }) => {
        const takes =
          value.kind === 'none'
            ? ''
            : value.kind === 'path'
              ? ' -r -F'
              : value.kind === 'list'
                ? ` -x -a ${quoted(value.of.join(' '))}`
                : ' -x';
        const long = flags.find((flag) => flag.startsWith('--'))?.slice(2) ?? '';
        return `complete -c ${name} -f${here(seen)} -l ${long}${takes} -d ${quoted(about)}`;
      }),
    ];
  });
  return `# Completion of ${name} for fish. Made by: ${name} completion fish\n${lines.join('\n')}\n`;
}

/** A word in single quotes, safe in zsh and fish alike. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '')}'`;
}
