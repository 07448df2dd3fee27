const letters = new Intl.Segmenter();

/** The first `width` letters of a line. Colours are kept and not counted, so that none stays switched on. */
export function cropLine(line: string, width: number): string {
  let left = width;
  return line.split(/(\u001b\[[0-9;]*m)/).map((part) => {
    if (part.startsWith('\u001b')) return part;
    const shown = Array.from(letters.segment(part), ({ segment }) => segment).slice(0, left);
    left -= shown.length;
    return shown.join('');
  }).join('');
}

/** Lines that fit a screen without wrapping or scrolling. `last` is always kept; a line says how many are left out. */
export function cropScreen(
  lines: readonly string[],
  last: readonly string[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): string[] {
  const room = Math.max(0, rows - last.length);
  const shown =
    lines.length <= room
      ? lines
      : [...lines.slice(0, Math.max(0, room - 1)), `… ${lines.length - room + 1} more lines`];
  return [...shown, ...last].map((line) => cropLine(line, columns));
}
