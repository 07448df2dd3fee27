/** The long flags of sipid, without their dashes. */
const flags = ['pid', 'pid-file', 'show-stacks', 'url', 'timeout', 'polling-frequency', 'ca', 'help'];

/**
 * The arguments with two dashes before each flag. Go's programs take one or two, and a boolean flag may have a value
 * there (`-show-stacks=false`).
 */
export function withLongFlags(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  const flagged = end < 0 ? args : args.slice(0, end);
  return [...flagged.flatMap(longFlag), ...args.slice(flagged.length)];
}

function longFlag(arg: string): readonly string[] {
  const [, name = '', value] = /^--?([a-z][a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
  if (!flags.includes(name)) return [arg];
  if (name !== 'show-stacks' || value === undefined) return [`--${name}${value === undefined ? '' : `=${value}`}`];
  if (/^(?:1|t|T|true|TRUE|True)$/.test(value)) return ['--show-stacks'];
  return /^(?:0|f|F|false|FALSE|False)$/.test(value) ? [] : [arg];
}
