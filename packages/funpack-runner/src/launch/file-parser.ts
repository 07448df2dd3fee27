import { extname } from 'node:path';
import { fileParsers, type FileParser } from '@pinky/protocol';

const byEnding: Readonly<Record<string, FileParser>> = {
  '.properties': 'properties',
  '.ini': 'ini',
  '.json': 'json',
  '.yml': 'yaml',
  '.yaml': 'yaml',
  '.xml': 'xml',
  '.toml': 'toml',
};

/** How the file is read: as it says, or as the ending of its path does. */
export const parserOf = (file: { readonly path?: unknown; readonly parser?: unknown }): FileParser | undefined =>
  fileParsers.find((known) => known === file.parser) ??
  (typeof file.path === 'string' ? byEnding[extname(file.path).toLowerCase()] : undefined);
