import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { assertSettings, PinkyError } from '@pinky/protocol';

/** A path becomes absolute, since the box runs elsewhere; an address or a bare name (looked up in `funpacks`) stays. */
export function sourceFlag(text: string, cwd: string): string {
  const isAddress = /^[a-z][a-z0-9+.-]*:/i.test(text);
  const isPath =
    /[/~]/.test(text) ||
    text === '.' ||
    text === '..' ||
    (/\.(tar|tar\.\w+|tgz)$/.test(text) && existsSync(resolve(cwd, text)));
  return !isAddress && isPath ? resolve(cwd, text) : text;
}

/**
 * `--set key=value`. A value whose JSON is written the same way (`3`, `true`, `["a"]`) is that, anything else is text,
 * so that `007` and `1.0` stay what was typed; the funpack's schema has the last word on types.
 */
export function settingsOf(pairs: readonly string[]): Record<string, unknown> {
  const settings = Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new PinkyError('bad_command', `--set ${JSON.stringify(pair)}: write key=value`);
    return [pair.slice(0, at), jsonOr(pair.slice(at + 1))];
  }));
  assertSettings('the settings of --set', settings);
  return settings;
}

function jsonOr(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isExact =
      typeof value === 'object' ? value !== null : JSON.stringify(value) === text && typeof value !== 'string';
    return isExact ? value : text;
  } catch {
    return text; // not JSON: text it is
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
