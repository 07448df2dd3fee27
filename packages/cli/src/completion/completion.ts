import { definedServers, PinkyError } from '@pinky/protocol';
import type { Action } from '../command-line/context.js';
import { globalFlags, type CommandSpec } from '../command-line/specs.js';
import type { Output } from '../terminal/output.js';
import { bashScript } from './bash.js';
import { completed } from './completed.js';
import { fishScript } from './fish.js';

/** `pinky completion <shell>`: prints the script of a shell; `ids`: the servers, which the scripts ask for. */
export const completionOf = (all: readonly CommandSpec[]): Action => async ({ home, out }, [shell]) => {
  if (shell === 'ids') return out.answer({ ids: definedServers(home) }, () => definedServers(home));
  const commands = completed(all, globalFlags);
  switch (shell) {
    case 'bash': return print(out, bashScript(commands));
    case 'zsh': return print(out, zshScript(bashScript(commands)));
    case 'fish': return print(out, fishScript(commands));
    default:
      throw new PinkyError('bad_command', `completion: ${JSON.stringify(shell)} is none of bash, zsh, fish`);
  }
};

const print = (out: Output, script: string): void => out.answer({ script }, () => [script.trimEnd()]);

const zshScript = (bash: string): string =>
  [
    '#compdef pinky',
    '# Completion of pinky: put  source <(pinky completion zsh)  into ~/.zshrc, after compinit',
    'autoload -U +X bashcompinit && bashcompinit',
    bash.slice(bash.indexOf('\n') + 1).trimEnd(),
  ].join('\n');
