import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { assertSettings, PinkyError } from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';

/** The fields of a server's definition that the options of the command line name, but for its settings. */
export function definedFlags({ cwd }: Pick<Context, 'cwd'>, flags: Flags): Record<string, unknown> {
  const text = (flag: string): string | undefined => textFlag(flags, flag);
  const [funpack, port, ram] = ['funpack', 'port', 'ram'].map(text);
  const plain = ['onExit', 'funpackSha256', 'funpackId'].flatMap((flag) => {
    const given = text(flag);
    return given === undefined ? [] : [[flag, given] as const];
  });
  return {
    ...(funpack !== undefined && { funpack: sourceFlag(funpack, cwd) }),
    ...(port !== undefined && { port: portOf(port) }),
    ...(ram !== undefined && { ram: ramOf(ram) }),
    ...Object.fromEntries(plain),
  };
}

/** Makes a path absolute, since the box runs in another folder. Leaves an address and the name of a funpack alone. */
export function sourceFlag(text: string, cwd: string): string {
  const isAddress = /^[a-z][a-z0-9+.-]*:/i.test(text);
  const isPath =
    /[/~]/.test(text) ||
    text === '.' ||
    text === '..' ||
    (/\.(tar|tar\.\w+|tgz)$/.test(text) && existsSync(resolve(cwd, text)));
  return !isAddress && isPath ? resolve(cwd, text) : text;
}

/** `; write ./pond …` for a bare name of a folder that is here and holds a funpack: a name means an installed one. */
export const folderHint = (name: string, cwd: string): string =>
  (/^[\w.-]+$/.test(name) && existsSync(resolve(cwd, name, 'funpack.json'))
    ? `; write ./${name} for the folder of that name here`
    : '');

/**
 * `key=value`, given `as` an option or an argument. A value that is JSON, written exactly so (`3`, `true`, `["a"]`),
 * becomes that; anything else is text, so `007` and `1.0` stay as typed. The funpack's schema then checks the type.
 */
export function settingsOf(as: string, pairs: readonly string[]): Record<string, unknown> {
  const settings = Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new PinkyError('bad_command', `${as} ${JSON.stringify(pair)}: write key=value`);
    return [pair.slice(0, at), jsonOr(pair.slice(at + 1))];
  }));
  assertSettings(`the settings of ${as}`, settings);
  return settings;
}

function jsonOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isExact =
      typeof value === 'object' ? value !== null : JSON.stringify(value) === text && typeof value !== 'string';
    return isExact ? value : text;
  } catch {
    return text; // not JSON
  }
}

/** `1024` or `512:1024`, megabytes. */
export function ramOf(text: string): { min: number; max: number } {
  const found = /^(?:(\d+):)?(\d+)$/.exec(text);
  if (!found) {
    throw new PinkyError('bad_command', `--ram ${JSON.stringify(text)}: write megabytes, such as 1024 or 512:1024`);
  }
  const max = Number(found[2]);
  return { min: Number(found[1] ?? max), max };
}

export function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new PinkyError('bad_command', `--port ${JSON.stringify(text)}: write a port from 1 to 65535`);
}
