/** The words of the command line that the trials read. A wrong one ends the program. */
export const flag = (name) => process.argv.includes(`--${name}`);

export const textOf = (name) => process.argv.find((_, at) => process.argv[at - 1] === `--${name}`);

export function valueOf(name, usual) {
  const at = process.argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return usual;
  const value = Number(process.argv[at].split('=')[1] ?? process.argv[at + 1]);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`chaos: --${name} needs a number; see --help`);
  process.exit(2);
}

export const seed = valueOf('seed', Math.floor(Math.random() * 1e6));
