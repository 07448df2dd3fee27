import { readSecretNames } from '../record/dialect-file.js';
import type { ServerFiles } from '../record/server-files.js';
import { RunSecrets } from './run-secrets.js';

/** The secrets of a run of an earlier worker, as the files say. */
export function recordedSecrets(files: Pick<ServerFiles, 'paths' | 'record'>, run: string): RunSecrets {
  const record = files.record();
  return RunSecrets.named(
    readSecretNames(files.paths.run(run)),
    typeof record === 'object' ? record.start.settings : {},
  );
}
