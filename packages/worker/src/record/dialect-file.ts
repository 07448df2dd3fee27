import { readJsonObject, type FunpackManifest, type Logger, type RunPaths } from '@pinky/protocol';
import { writeFileAtomic } from './atomic-file.js';

/** Writes down how to read a run's console, for a worker that reads it when the funpack is gone. */
export function writeDialect({ dialect }: RunPaths, manifest: FunpackManifest, log: Logger): void {
  const { strip, console: rules, ansi, eventLines, encoding } = manifest;
  if (strip === undefined && rules === undefined && encoding === undefined) return;
  try {
    writeFileAtomic(dialect, JSON.stringify({ strip, console: rules, ansi, eventLines, encoding }));
  } catch (error) {
    log.warn({ event: 'dialect.unwritten', error: String(error) }); // it is needed only if the funpack is gone
  }
}

/** A manifest that reads a run's console as its funpack did, and says nothing else. */
export const readDialect = ({ dialect }: RunPaths): FunpackManifest =>
  ({ name: 'unknown', version: '0', ...readJsonObject(dialect) });
