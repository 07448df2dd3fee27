import { join } from 'node:path';
import { loadBundle } from '@pinky/protocol/bundle';

/** The program behind bin/pinky. */
const bundle = join(__dirname, 'pinky-bundle.cjs');
void loadBundle<typeof import('./run-main.js')>(bundle).runMain();
