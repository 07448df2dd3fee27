'use strict';
const { buildings, places } = require('../land');
const { missing, pay } = require('../world');
const { counted } = require('../text');

const costs = Object.entries(buildings).map(
  ([name, { cost, only }]) =>
    `  ${name.padEnd(8)} of ${counted(cost)}${only ? ` (only at: ${places[only].title})` : ''}`,
);

/** Why this person cannot build this here. Undefined where they can. */
function obstacle(kind, text, person, world) {
  const { cost, only } = buildings[kind];
  if (only && person.place !== only) return `A ${kind} can only be built at: ${places[only].title}.`;
  if (only && world.hasBuilt(person.place, kind)) return `There is a ${kind} here already.`;
  if (!world.canBuildMore(person.place)) return 'There is no room left here.';
  if (kind === 'sign' && text === '') return 'What should it say? Type: build sign TEXT';
  const lacking = counted(missing(person.bag, cost));
  return lacking === 'nothing' ? undefined : `For that you still need ${lacking}.`;
}

function build(player, hall, rest) {
  const [word = '', ...words] = rest.split(' ');
  const kind = word.toLowerCase();
  if (!Object.hasOwn(buildings, kind)) return player.tell(['You can build:', ...costs].join('\n'));
  const text = kind === 'sign' ? words.join(' ').trim() : '';
  const why = obstacle(kind, text, player.person, hall.world);
  if (why) return player.tell(why);
  pay(player.person.bag, buildings[kind].cost);
  hall.world.build(player.person, kind, text);
  hall.log.emit('info', {
    msg: `${player.name} built ${buildings[kind].text} at ${places[player.person.place].title}`,
  });
  player.tell(`You build ${buildings[kind].text}. Your renown is now ${player.person.renown}.`);
  hall.tellPlace(player.person.place, `* ${player.name} builds ${buildings[kind].text}.`, player);
  for (const goal of hall.world.newlyReached()) hall.tellAll(`*** Together you have done it: ${goal.text}! ***`);
}

const building = {
  build: { help: 'build sign Hello there', about: 'build what stays; build alone lists it', do: build },
};

module.exports = { building };
