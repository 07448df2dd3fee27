'use strict';
const { crafts, places } = require('../land');
const { fullFire, missing, pay, put } = require('../world');
const { counted } = require('../text');

/** How many things a bag holds. */
const bagHolds = 40;

/** Every thing there is, so that a typed word is never taken for another key. */
const known = new Set([...Object.values(places).flatMap((place) => Object.keys(place.grows)), ...Object.keys(crafts)]);

const weight = (bag) => Object.values(bag).reduce((sum, n) => sum + n, 0);

/** "3 wood" is [wood, 3], and "wood" is [wood, 1]. Undefined where it is no thing. */
function amount(text) {
  const [first = '', second] = text.toLowerCase().split(' ');
  const n = second === undefined ? 1 : Number(first);
  const thing = second ?? first;
  return known.has(thing) && Number.isInteger(n) && n > 0 ? [thing, n] : undefined;
}

/** Moves things between two bags, as far as they are there and fit. Answers how many moved. */
function move(from, to, thing, n, room) {
  const moved = Math.max(0, Math.min(n, from[thing] ?? 0, room));
  if (moved > 0) {
    put(from, thing, -moved);
    put(to, thing, moved);
  }
  return moved;
}

function gather(player, hall, text) {
  const wanted = amount(text);
  const { stock } = hall.world.places.get(player.person.place);
  if (!wanted || !Object.hasOwn(stock, wanted[0])) {
    return player.tell(`You cannot gather that here. Growing here: ${counted(stock)}.`);
  }
  const [thing, n] = wanted;
  const { bag } = player.person;
  const got = Math.max(0, Math.min(n, stock[thing], bagHolds - weight(bag)));
  if (got === 0) {
    return player.tell(
      stock[thing] > 0 ? 'Your bag is full.' : `There is no ${thing} left; wait until it has grown again.`,
    );
  }
  stock[thing] -= got;
  put(bag, thing, got);
  hall.world.changed();
  player.tell(`You gather ${got} ${thing}.`);
}

function take(player, hall, text) {
  const wanted = amount(text);
  const { ground } = hall.world.places.get(player.person.place);
  const { bag } = player.person;
  const got = wanted ? move(ground, bag, ...wanted, bagHolds - weight(bag)) : 0;
  if (got === 0) return player.tell(`You take nothing. On the ground: ${counted(ground)}.`);
  changed(player, hall, `takes ${got} ${wanted[0]}`, `You take ${got} ${wanted[0]}.`);
}

function drop(player, hall, text) {
  const wanted = amount(text);
  const { ground } = hall.world.places.get(player.person.place);
  const gone = wanted ? move(player.person.bag, ground, ...wanted, Infinity) : 0;
  if (gone === 0) return player.tell(`You drop nothing. You carry ${counted(player.person.bag)}.`);
  changed(player, hall, `drops ${gone} ${wanted[0]}`, `You drop ${gone} ${wanted[0]}.`);
}

function give(player, hall, text) {
  const [name = '', ...rest] = text.split(' ');
  const wanted = amount(rest.join(' '));
  const other = hall.find(name);
  if (!other || other.person.place !== player.person.place) return player.tell(`${name || 'Nobody'} is not with you.`);
  const given = wanted ? move(player.person.bag, other.person.bag, ...wanted, bagHolds - weight(other.person.bag)) : 0;
  if (given === 0) return player.tell(`You give nothing. You carry ${counted(player.person.bag)}.`);
  other.tell(`${player.name} gives you ${given} ${wanted[0]}.`);
  changed(player, hall, `gives something to ${other.name}`, `You give ${given} ${wanted[0]} to ${other.name}.`);
}

function craft(player, hall, word) {
  const thing = word.toLowerCase();
  if (!Object.hasOwn(crafts, thing)) {
    return player.tell(
      [
        'You can make:',
        ...Object.entries(crafts).map(([name, cost]) => `  ${name.padEnd(8)} of ${counted(cost)}`),
      ].join('\n'),
    );
  }
  const lacking = missing(player.person.bag, crafts[thing]);
  if (counted(lacking) !== 'nothing') return player.tell(`For that you still need ${counted(lacking)}.`);
  pay(player.person.bag, crafts[thing]);
  put(player.person.bag, thing);
  changed(player, hall, `makes something`, `You make a ${thing}.`);
}

function feed(player, hall) {
  if (player.person.place !== 'hearth') return player.tell('The fire is at the hearth.');
  if (!player.person.bag.wood) return player.tell('You have no wood. It grows in the forest, north of here.');
  if (!hall.world.feed()) return player.tell(`The fire takes no more than ${fullFire} logs.`);
  put(player.person.bag, 'wood', -1);
  player.person.renown += 1;
  changed(player, hall, 'feeds the fire', `You feed the fire; it will burn ${hall.world.fire} minutes.`);
}

function changed(player, hall, deed, answer) {
  hall.world.changed();
  player.tell(answer);
  hall.tellPlace(player.person.place, `* ${player.name} ${deed}.`, player);
}

const inventory = (player) =>
  player.tell(`You carry ${counted(player.person.bag)} (${weight(player.person.bag)} of ${bagHolds}).`);

const things = {
  gather: { help: 'gather 3 wood', about: 'collect what grows here', do: gather },
  take: { help: 'take rope', about: 'pick up from the ground', do: take },
  drop: { help: 'drop 2 stone', about: 'put down', do: drop },
  give: { help: 'give NAME 2 plank', about: 'hand over', do: give },
  bag: { help: 'bag (or i)', about: 'what you carry', do: inventory },
  i: { do: inventory },
  inventory: { do: inventory },
  craft: { help: 'craft plank', about: 'make a thing; craft alone lists them', do: craft },
  feed: { help: 'feed', about: 'put a log on the fire at the hearth', do: feed },
};

module.exports = { things };
