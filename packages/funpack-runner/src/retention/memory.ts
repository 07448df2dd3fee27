import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJsonObject } from '@pinky/protocol';

/** The memory of retention from one run to the next. Any runner writes it, whole. */
export interface RetentionMemory {
  /** When a version that removes backups by time first ran over these backups, Unix milliseconds. */
  readonly since?: number;
  /** The last time by which something was removed, Unix milliseconds. */
  readonly seenAt?: number;
  /** The clock jumped ahead. Its time then, and the time since the boot in which that was seen. Milliseconds. */
  readonly doubt?: { readonly at: number; readonly boot: string; readonly ms: number };
}

/** No server has such a name. */
const fileIn = (backupsDir: string): string => join(backupsDir, 'worlds', '.retention.json');

/** Only Pinky writes the file, in a folder of its own. */
export const recall = (backupsDir: string): RetentionMemory => readJsonObject(fileIn(backupsDir)) ?? {};

/** On the disk when this returns. */
export function remember(backupsDir: string, memory: RetentionMemory): void {
  const path = fileIn(backupsDir);
  const beside = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const fd = openSync(beside, 'w', 0o600);
    try {
      writeFileSync(fd, `${JSON.stringify(memory)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
  } catch (failure) {
    rmSync(beside, { force: true });
    throw failure;
  }
}
