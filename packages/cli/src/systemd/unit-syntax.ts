/** One word of a command line. systemd.service(5) replaces variables in it, so `$` is doubled. */
export const word = (text: string): string => quotedValue(text.replaceAll('$', '$$$$'));

/** A value in the syntax of systemd.syntax(7), where `%` begins a specifier. */
export function quotedValue(text: string): string {
  const escaped = text.replaceAll('%', '%%');
  return /^[\w./:=@%$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The words of a command line that `word` made. */
export const wordsOf = (line: string): readonly string[] =>
  (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map((each) => unquoted(each).replaceAll('$$', '$'));

/** The value that `quotedValue` was given. */
export function unquoted(text: string): string {
  const bare = text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
  return bare.replaceAll('%%', '%');
}
