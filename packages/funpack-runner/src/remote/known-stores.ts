import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonObject } from '@pinky/protocol';
import { syncFolder } from '../backup/publish.js';
import type { Store } from './store.js';

/** When each store was first used, by its address. Only the maintenance writes it. */
const fileIn = (home: string): string => join(home, 'stores.json');

/**
 * Has a store say whether it is the place that is meant, and remembers that it was used. A folder is marked the first
 * time only: later, one without its mark is another folder. Throws what the store says.
 */
export async function claimStore(home: string, store: Store, now: number): Promise<void> {
  if (!store.claim) return;
  const path = fileIn(home);
  const known = readJsonObject(path) ?? {};
  const isKnown = known[store.url] !== undefined;
  await store.claim(isKnown);
  if (isKnown) return;
  writeFileSync(`${path}.tmp`, `${JSON.stringify({ ...known, [store.url]: now })}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.tmp`, path);
  syncFolder(home);
}
