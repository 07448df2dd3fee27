/** A Markdown table. Bars inside cells are escaped, because they would end the cell. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;

/**
 * Puts printed blocks into a page: replaces the text between `<!-- table: NAME -->` and `<!-- end of table -->`. Throws
 * if it does not know the name.
 */
export function withTables(page: string, blocks: Readonly<Record<string, () => string>>): string {
  return page.replaceAll(
    /(<!-- table: ([a-z-]+) -->\n)[^]*?(<!-- end of table -->)/g,
    (_all, begin: string, name: string, end: string) => {
      const print = blocks[name];
      if (!print) throw new Error(`there is no table ${name}; there are ${Object.keys(blocks).join(', ')}`);
      return `${begin}\n${print()}\n\n${end}`;
    },
  );
}
