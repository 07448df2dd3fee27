// Calls itself something else than it is.
process.title = 'pinky: supervisor [box 1] 0 servers';
process.stdout.write('{"event":"started"}\n');
process.stdin.on('data', (text) => String(text).includes('stop\n') && process.exit(0));
