import { createPlainLogger } from '@pinky/supervisor';

/**
 * Appends numbered lines of one length to a shared log: `path name count lineBytes sizeBytes generations pauseEvery`.
 */
const [path = '', name = '', count = '0', lineBytes = '0', sizeBytes = '0', generations = '0', pauseEvery = '0'] =
  process.argv.slice(2);
const log = createPlainLogger({ path, rotateSizeBytes: Number(sizeBytes), rotateGenerations: Number(generations) });

async function main(): Promise<void> {
  for (let index = 0; index < Number(count); index += 1) {
    log.append(`${name}:${index}:`.padEnd(Number(lineBytes) - 1, '.') + '\n');
    if (Number(pauseEvery) > 0 && index % Number(pauseEvery) === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await log.close();
}
void main();
