import { suggest, type CommandResult } from '@pinky/protocol';
import { askWorker } from '../../observe/worker-facts.js';

/**
 * Notes about the settings of a start. A setting that is not in the schema of the funpack is handed to the game, which
 * may know it. If it was mistyped, nothing else would say so.
 */
export async function settingsNotes(
  home: string,
  { serverId }: CommandResult,
  settings: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const given = Object.keys(settings);
  if (given.length === 0) return [];
  const { funpack: dir } = await askWorker(home, serverId);
  if (dir === undefined) return [];
  const { accessLists, readFunpack } = await import('@pinky/funpack-runner/light');
  const { manifest } = readFunpack(dir);
  const known = [...Object.keys(manifest.schema ?? {}), ...accessLists];
  return given.filter((name) => !known.includes(name)).map((name) => {
    const near = suggest(name, known);
    return `${manifest.name} has no setting ${name}${near === undefined ? '' : ` (did you mean ${near}?)`}; it was ` +
      'handed to the game all the same';
  });
}
