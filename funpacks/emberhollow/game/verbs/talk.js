'use strict';
const { goals } = require('../land');
const { secretOf } = require('../secret');
const { listed } = require('../text');

const shortestPassword = 4;

function say(player, hall, message) {
  if (message === '') return player.tell('Say what?');
  hall.chat(player, message);
}

function whisper(player, hall, rest) {
  const [name = '', ...words] = rest.split(' ');
  const other = hall.find(name);
  if (!other) return player.tell(`${name || 'Nobody'} is not here.`);
  if (words.length === 0) return player.tell('Whisper what?');
  other.tell(`${player.name} whispers: ${words.join(' ')}`);
  player.tell(`You whisper to ${other.name}.`);
}

function emote(player, hall, deed) {
  if (deed === '') return player.tell('Do what?');
  hall.tellPlace(player.person.place, `* ${player.name} ${deed}`);
}

const who = (player, hall) => player.tell(`In the hollow: ${listed(hall.names)}.`);

function score(player, hall) {
  const best = [...hall.world.people.values()]
    .filter((person) => person.renown > 0)
    .toSorted((a, b) => b.renown - a.renown)
    .slice(0, 5)
    .map((person, i) => `  ${i + 1}. ${person.name} (${person.renown})`);
  player.tell(
    [`Your renown: ${player.person.renown}.`, ...(best.length > 0 ? ['Best known:', ...best] : [])].join('\n'),
  );
}

const tellGoals = (player, hall) =>
  player.tell(
    ['Together:', ...goals.map((goal) => `  [${goal.isDone(hall.world) ? 'x' : ' '}] ${goal.text}`)].join('\n'),
  );

function password(player, hall, word) {
  if (word.length < shortestPassword) return player.tell(`A password has at least ${shortestPassword} characters.`);
  player.person.secret = secretOf(word);
  hall.world.changed();
  player.tell('From now on your name is yours alone.');
}

const quit = (player) => player.leave('quit', 'Farewell.');

const talk = {
  say: { help: "say hello (or 'hello)", about: 'talk to everybody', do: say },
  whisper: { help: 'whisper NAME secret', about: 'talk to one', do: whisper },
  emote: { help: 'emote waves (or :waves)', about: 'show those around you what you do', do: emote },
  who: { help: 'who', about: 'who is in the hollow', do: who },
  score: { help: 'score', about: 'your renown, and the best known', do: score },
  goals: { help: 'goals', about: 'what everybody works for', do: tellGoals },
  password: { help: 'password WORD', about: 'keep your name for yourself', do: password },
  quit: { help: 'quit', about: 'leave; the hollow remembers you', do: quit },
};

module.exports = { talk };
