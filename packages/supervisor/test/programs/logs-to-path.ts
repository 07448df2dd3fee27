import { createPlainLogger } from '../../src/logger/plain-logger.js';

/** Logs to a path, rotated at 4 KiB, with its streams hooked: `path count [later path]`. */
const [path = '', count = '0', later] = process.argv.slice(2);
const logger = createPlainLogger({
  path, rotateSizeBytes: 4096, rotateGenerations: 3, hookStdout: true, hookStderr: true,
});
if (later !== undefined) logger.configure({ path: later });
for (let i = 0; i < Number(count); i += 1) logger.info({ event: 'n', i, pad: 'x'.repeat(80) });
process.stdout.write('printed\n');
void logger.close();
