import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pinky's version, from the package.json of this package. */
export function pinkyVersion(): string {
  const file = join(__dirname, '..', '..', 'package.json');
  const manifest: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '0.0.0';
}
