// Tells nothing of its players, unless it is asked by `status`. They are in the file `players`, one a line.
const { existsSync, readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const players = () => (existsSync('players') ? readFileSync('players', 'utf8').split('\n').filter(Boolean) : []);
const numbers = new Map(); // each player's own, as long as the game runs
const numberOf = (name) => numbers.get(name) ?? numbers.set(name, numbers.size + 1).get(name);
console.log('ready');
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') process.exit(0);
  if (line !== 'status') return;
  console.log('hostname: pond\n# id name');
  for (const name of players()) console.log(`# ${numberOf(name)} "${name}"\nnoise in between`);
  console.log('#end');
});
