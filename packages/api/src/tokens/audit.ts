import { appendFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { boxPaths, messageOf, namesIn, type Logger } from '@pinky/protocol';

/** One thing that somebody did through the API, or was refused. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** The token's id and name; absent where the caller had none that counts. */
  readonly token?: string;
  readonly name?: string;
  readonly address: string;
  readonly method: string;
  /** The path without its query, which may hold a secret. */
  readonly path: string;
  readonly status: number;
  readonly serverId?: string;
  readonly job?: string;
}

/** Writes down who did what. The supervisor rotates the file as it does with logs. */
export class Audit {
  #written: Promise<void> = Promise.resolve();

  constructor(private readonly home: string, private readonly logger: Logger) {}

  add(entry: AuditEntry): void {
    const line = `${JSON.stringify(entry)}\n`;
    this.#written = this.#written
      .then(() => appendFile(boxPaths(this.home).audit, line, { mode: 0o600 }))
      .catch((error: unknown) => this.logger.error({ event: 'audit.not_written', because: messageOf(error) }));
  }

  /** Resolves when everything is written. */
  settled(): Promise<void> {
    return this.#written;
  }
}

/** The newest entries, oldest first, of the file and those that it was rotated to. */
export function readAudit(home: string, count: number): AuditEntry[] {
  const file = boxPaths(home).audit;
  const rotated = namesIn(dirname(file))
    .flatMap((name) => (/^audit\.log(\.\d+)?$/.test(name) ? [{ name, age: Number(name.split('.')[2] ?? -1) }] : []))
    .toSorted((a, b) => a.age - b.age);
  const entries: AuditEntry[] = [];
  for (const { name } of rotated) {
    entries.unshift(...entriesOf(join(dirname(file), name)));
    if (entries.length >= count) break;
  }
  return entries.slice(-count);
}

function entriesOf(file: string): AuditEntry[] {
  try {
    return readFileSync(file, 'utf8').split('\n').flatMap((line) => entryOf(line) ?? []);
  } catch {
    return []; // nobody has used the API yet, or the file was just rotated
  }
}

function entryOf(line: string): AuditEntry | undefined {
  try {
    return JSON.parse(line) as AuditEntry; // only `Audit` writes this file
  } catch {
    return undefined; // cut short, or the empty end
  }
}
