// Tells nothing of its players, unless it is asked by `status`. They are in the file `players`, one a line.
const { existsSync, readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const players = () => (existsSync('players') ? readFileSync('players', 'utf8').split('\n').filter(Boolean) : []);
console.log('ready');
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') process.exit(0);
  if (line !== 'status') return;
  console.log('hostname: pond\n# id name');
  for (const [at, name] of players().entries()) console.log(`# ${at + 1} "${name}"\nnoise in between`);
  console.log('#end');
});
