import type { ErrorAnswer, StartData, WantedState } from '@pinky/protocol';
import { readJsonObject } from './read-json.js';
import { writeFileAtomic } from './atomic-file.js';

/** What was asked of a server, as server.json holds it: enough for another worker to carry on. */
export interface ServerRecord {
  readonly format: 1;
  readonly start: StartData;
  readonly wanted: WantedState;
  readonly port: number;
  /** Where the funpack was found, once it was: its folder and digest. */
  readonly funpack?: { readonly dir: string; readonly digest: string };
  /** The world is in `working/`: it was restored, or the server begins with a new one. */
  readonly hasWorld: boolean;
  /** Why the server is `failed`, where it is. */
  readonly failed?: ErrorAnswer;
  readonly restarts: number;
}

export function readServerRecord(path: string): ServerRecord | undefined {
  const value = readJsonObject(path);
  // Only workers write this file, whole or not at all; `format` says that this one can read it.
  return value?.['format'] === 1 ? (value as unknown as ServerRecord) : undefined;
}

export function writeServerRecord(path: string, record: ServerRecord): void {
  writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
}
