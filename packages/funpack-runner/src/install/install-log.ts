import { closeSync, openSync, writeSync } from 'node:fs';
import type { SettingSchema } from '@pinky/protocol';

/** How much of the output is kept, bytes. */
const mostBytes = 8 * 1024 * 1024;
/** A shorter secret would blacken half of the log. Characters. */
const leastSecret = 4;

/** The output of one installation, in a file that only the owner of the box may read. */
export class InstallLog {
  readonly #fd: number;
  readonly #secrets: readonly string[];
  #left = mostBytes;

  constructor(path: string, secrets: readonly string[]) {
    this.#fd = openSync(path, 'w', 0o600);
    this.#secrets = secrets.filter((secret) => secret.length >= leastSecret);
  }

  /** The text without the values of secret settings. */
  shown(text: string): string {
    return this.#secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text);
  }

  /** Writes a line, and answers it as it may be shown. */
  write(line: string): string {
    const shown = this.shown(line);
    const bytes = Buffer.from(`${shown}\n`);
    const isLast = this.#left > 0 && bytes.length > this.#left;
    if (bytes.length <= this.#left) writeSync(this.#fd, bytes);
    else if (isLast) writeSync(this.#fd, 'the rest of the output is not kept\n');
    this.#left = isLast ? 0 : this.#left - Math.min(bytes.length, this.#left);
    return shown;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The values of the settings that nobody may read. */
export const secretValues = (
  schema: Readonly<Record<string, SettingSchema>>,
  settings: Readonly<Record<string, unknown>>,
): readonly string[] =>
  Object.entries(settings).flatMap(([name, value]) => (schema[name]?.secret === true ? [String(value)] : []));
