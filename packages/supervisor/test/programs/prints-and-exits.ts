import { createLogger } from '../../src/logger/create-logger.js';

/**
 * Prints whole lines and pieces of lines, with both streams hooked into the log named by its first argument. Exits with
 * 3.
 */
const log = createLogger({ path: process.argv[2], hookStdout: true, hookStderr: true });
console.log('hello');
console.error('on stderr');
const check = Buffer.from('✓\n');
process.stdout.write('in two ');
process.stdout.write('pieces ');
process.stdout.write(check.subarray(0, 1));
process.stdout.write(check.subarray(1));
log.fatal({ event: 'last' });
process.stdout.write('unfinished');
process.exit(3);
