'use strict';
const { movement, look } = require('./movement');
const { talk } = require('./talk');
const { things } = require('./things');
const { building } = require('./building');

/** Every verb that a player can type: `do(player, hall, rest)`, and `help` and `about` where help lists it. */
const verbs = new Map(
  Object.entries({
    ...movement,
    ...things,
    ...building,
    ...talk,
    help: { help: 'help', about: 'this list', do: tellHelp },
  }),
);

/** Verbs of one character, which need no space after them: 'hello, :waves. */
const marks = { "'": 'say', '"': 'say', ':': 'emote' };

/** Does what a player typed. */
function perform(player, hall, line) {
  const mark = marks[line[0]];
  const [word, rest] = mark ? [mark, line.slice(1).trim()] : split(line);
  const verb = verbs.get(word.toLowerCase());
  if (verb) verb.do(player, hall, rest);
  else player.tell(`Nobody knows how to "${word}". Try help; to talk, begin with say or '.`);
}

function split(line) {
  const space = line.indexOf(' ');
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1).trim()];
}

function tellHelp(player) {
  const lines = [...verbs.values()]
    .filter((verb) => verb.help)
    .map((verb) => `  ${verb.help.padEnd(26)} ${verb.about}`);
  player.tell(['What you can do:', ...lines].join('\n'));
}

module.exports = { look, perform };
