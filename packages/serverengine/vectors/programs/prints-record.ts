import { classicLine, type ClassicRecord } from '@pinky/serverengine';

/** Prints the record in its first argument (JSON) as ServerEngine would, in the time zone of its environment. */
process.stdout.write(classicLine(JSON.parse(process.argv[2] ?? '{}') as ClassicRecord));
