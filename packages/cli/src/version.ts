import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Pinky's version, as this package's package.json says it. */
export function pinkyVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : '0.0.0';
}
