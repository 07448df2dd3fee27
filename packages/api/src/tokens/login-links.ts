import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, hasFields, makeDir, namesIn } from '@pinky/protocol';
import { digestOf } from './token.js';

/** How long a link of `pinky web` can be used, milliseconds. */
const linkLifeMs = 5 * 60_000;

/** Makes a code for one login. Only its SHA-256 is kept, as the name of a file. */
export function makeLogin(home: string, wallNowMs: number): { readonly code: string; readonly expiresAt: string } {
  const dir = boxPaths(home).apiLogins;
  makeDir(dir);
  const code = randomBytes(32).toString('base64url');
  const expiresAt = new Date(wallNowMs + linkLifeMs).toISOString();
  const file = join(dir, digestOf(code));
  writeFileSync(`${file}.new`, JSON.stringify({ expiresAt }), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return { code, expiresAt };
}

/** Takes a code: true for one that was made, is not too old, and was not taken before. */
export function takeLogin(home: string, code: string, wallNowMs: number): boolean {
  const dir = boxPaths(home).apiLogins;
  for (const name of namesIn(dir)) if (isOver(join(dir, name), wallNowMs)) rmSync(join(dir, name), { force: true });
  const file = join(dir, digestOf(code));
  try {
    renameSync(file, `${file}.taken`); // of two who come at once, one finds it
  } catch {
    return false; // nobody made it, it is over, or somebody has taken it
  }
  rmSync(`${file}.taken`, { force: true });
  return true;
}

function isOver(file: string, wallNowMs: number): boolean {
  try {
    const login: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return !hasFields(login, { expiresAt: 'string' }) || Date.parse(String(login['expiresAt'])) <= wallNowMs;
  } catch {
    return true; // nobody can use it
  }
}
