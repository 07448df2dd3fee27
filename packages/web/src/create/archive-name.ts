/** The endings by which the API knows an archive. */
const endings = ['.tar.lzo', '.tar.gz', '.tgz', '.tar.zst', '.tar.bz2', '.zip', '.tar'] as const;

export interface ArchiveName {
  /** The name that the archive gets on the box. */
  readonly name: string;
  /** The name by which servers are then defined with it. */
  readonly funpack: string;
}

/** The name of an archive in characters that a box takes. Undefined for a file that is no archive by its name. */
export function archiveName(fileName: string): ArchiveName | undefined {
  const ending = endings.find((each) => fileName.toLowerCase().endsWith(each));
  if (ending === undefined) return undefined;
  const stem = fileName.slice(0, -ending.length).replace(/[^A-Za-z0-9._-]+/g, '-');
  const funpack = stem.replace(/^[^A-Za-z0-9]+|[-.]+$/g, '').slice(0, 80);
  return funpack === '' ? undefined : { name: funpack + ending, funpack };
}

export const endingsInWords = endings.join(', ');
