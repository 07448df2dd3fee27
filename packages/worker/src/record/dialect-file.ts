import { readJsonObject, type FunpackManifest, type Logger, type RunPaths } from '@pinky/protocol';
import { writeFileAtomic } from './atomic-file.js';

/** The way to read a run's console: what its funpack says, and which of its settings are secret. */
export interface WrittenTalk {
  readonly manifest: FunpackManifest;
  readonly secrets: { readonly names: readonly string[] };
}

/** Writes down how to read a run's console, for a worker that reads it when the funpack is gone. */
export function writeDialect({ dialect }: RunPaths, { manifest, secrets: { names } }: WrittenTalk, log: Logger): void {
  const { strip, console: rules, ansi, eventLines, encoding } = manifest;
  const secrets = names.length > 0 ? names : undefined;
  if (strip === undefined && rules === undefined && encoding === undefined && secrets === undefined) return;
  try {
    writeFileAtomic(dialect, JSON.stringify({
      strip,
      console: rules,
      ansi,
      eventLines,
      encoding,
      secrets,
    }));
  } catch (error) {
    log.warn({ event: 'dialect.unwritten', error: String(error) }); // it is needed only if the funpack is gone
  }
}

/** A manifest that reads a run's console as its funpack did, and says nothing else. */
export const readDialect = ({ dialect }: RunPaths): FunpackManifest =>
  ({ name: 'unknown', version: '0', ...readJsonObject(dialect) });

/** The names of the run's secret settings. None where an older version wrote the file. */
export function readSecretNames({ dialect }: RunPaths): readonly string[] {
  const names = readJsonObject(dialect)?.['secrets'];
  return Array.isArray(names) ? names.map(String) : [];
}
