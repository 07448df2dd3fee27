'use strict';
// The least that spawns one program and passes on the order to stop. It ends when the program has ended.
const { spawn } = require('node:child_process');
const { openSync } = require('node:fs');

const [log, command, ...args] = process.argv.slice(2);
const output = openSync(log, 'a');
const child = spawn(command, args, { stdio: ['ignore', output, output] });
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', () => process.exit(0));
