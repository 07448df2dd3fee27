import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for each test, removed after it. */
export function tempDir(): () => string {
  let dir = '';
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-unit-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  return () => dir;
}

/** The same for a property that wants a fresh folder in each of its many runs. */
export function inTempDir<T>(action: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-unit-'));
  try {
    return action(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
