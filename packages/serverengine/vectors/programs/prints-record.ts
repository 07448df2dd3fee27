import { classicLine, type ClassicRecord } from '@pinky/serverengine';

/**
 * Prints a record (its first argument, as JSON) as ServerEngine would write it, in the time zone of its environment.
 */
process.stdout.write(classicLine(JSON.parse(process.argv[2] ?? '{}') as ClassicRecord));
