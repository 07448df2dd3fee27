'use strict';
const { buildings, directions, places } = require('../land');
const { counted, listed } = require('../text');

/** Tells a player what they see where they stand. */
function look(player, hall) {
  const { place } = player.person;
  const { title, text, exits } = places[place];
  const { stock, ground, built } = hall.world.places.get(place);
  const others = hall.in(place).filter((other) => other !== player).map((other) => other.name);
  const lines = [`== ${title} ==`, text];
  if (place === 'hearth') lines.push(fireText(hall.world.fire));
  for (const building of built)
    lines.push(
      `Here is ${buildings[building.kind]?.text ?? building.kind}, made by ` +
        `${building.by}.${building.text ? ` It says: "${building.text}"` : ''}`,
    );
  if (counted(stock) !== 'nothing') lines.push(`Growing here: ${counted(stock)}.`);
  if (counted(ground) !== 'nothing') lines.push(`On the ground: ${counted(ground)}.`);
  if (others.length > 0) lines.push(`With you: ${listed(others)}.`);
  lines.push(`Ways: ${Object.keys(exits).join(', ')}.`);
  player.tell(lines.join('\n'));
}

const fireText = (fire) =>
  fire === 0
    ? 'The fire is out. Bring wood and feed it!'
    : fire < 4
      ? `The fire is low (${fire} logs left).`
      : `The fire burns well (${fire} logs).`;

/** Why a way is closed. Undefined where it is open. */
function closed(needs, person, world) {
  if (needs?.built && !world.hasBuilt(needs.at ?? person.place, needs.built)) {
    return `There is no ${needs.built} here yet. Somebody could build one.`;
  }
  if (needs?.carried && !person.bag[needs.carried]) return `It is too dark to go there without a ${needs.carried}.`;
  return undefined;
}

function go(player, hall, word) {
  const direction = directions[word] ?? word;
  const exits = places[player.person.place].exits;
  const exit = Object.hasOwn(exits, direction) ? exits[direction] : undefined;
  if (!exit) return player.tell(`There is no way ${word || 'there'}. Ways: ${Object.keys(exits).join(', ')}.`);
  const why = closed(exit.needs, player.person, hall.world);
  if (why) return player.tell(why);
  hall.tellPlace(player.person.place, `* ${player.name} goes ${direction}.`, player);
  player.person.place = exit.to;
  hall.world.changed();
  hall.tellPlace(exit.to, `* ${player.name} arrives.`, player);
  look(player, hall);
}

const ways = Object.entries(directions).flatMap(([short, long]) => [short, long])
  .map((word) => [word, { do: (player, hall) => go(player, hall, word) }]);

const movement = {
  look: { help: 'look', about: 'what is around you', do: look },
  l: { do: look },
  go: { help: 'go north (or just n)', about: 'walk: north east south west up down', do: go },
  ...Object.fromEntries(ways),
};

module.exports = { look, movement };
