'use strict';

/**
 * The land. `grows`: what can be gathered, and how much of it there is when all has grown again. `exits`: the place in
 * each direction. `needs` names what must be built or carried to go that way.
 */
const places = {
  hearth: {
    title: 'The Hearth',
    text: 'A ring of old stones around the fire that gave the hollow its name.',
    grows: {},
    exits: {
      north: { to: 'forest' },
      east: { to: 'river' },
      south: { to: 'meadow' },
      west: { to: 'quarry' },
    },
  },
  forest: {
    title: 'Whispering Forest',
    text: 'Birches stand close; the ground is soft with leaves.',
    grows: { wood: 12, berries: 5 },
    exits: { south: { to: 'hearth' }, up: { to: 'hilltop' } },
  },
  hilltop: {
    title: 'Windy Hilltop',
    text: 'From here the whole hollow lies below you. A good place for a beacon.',
    grows: { herbs: 2 },
    exits: { down: { to: 'forest' } },
  },
  river: {
    title: 'River Bend',
    text: 'Brown water turns around a bank of clay. The far side looks untouched.',
    grows: { clay: 10 },
    exits: { west: { to: 'hearth' }, south: { to: 'mill' }, east: { to: 'farbank', needs: { built: 'bridge' } } },
  },
  farbank: {
    title: 'The Far Bank',
    text: 'Nobody has walked here for a long time. Amber glints in the roots.',
    grows: { amber: 4, wood: 6 },
    exits: { west: { to: 'river', needs: { built: 'bridge', at: 'river' } } },
  },
  meadow: {
    title: 'Long Meadow',
    text: 'Flax and herbs up to your knees, and more bees than you can count.',
    grows: { flax: 12, herbs: 6 },
    exits: { north: { to: 'hearth' }, east: { to: 'mill' } },
  },
  mill: {
    title: 'Ruined Mill',
    text: 'The wheel has fallen into the stream. The walls would still carry a roof.',
    grows: { stone: 3 },
    exits: { west: { to: 'meadow' }, north: { to: 'river' } },
  },
  quarry: {
    title: 'Old Quarry',
    text: 'Steps are cut into the rock; a black opening leads down.',
    grows: { stone: 12 },
    exits: { east: { to: 'hearth' }, down: { to: 'cave', needs: { carried: 'torch' } } },
  },
  cave: {
    title: 'Echoing Cave',
    text: 'Veins of ore run through walls that repeat every word you say.',
    grows: { ore: 5 },
    exits: { up: { to: 'quarry' } },
  },
};

/** Where everybody arrives. */
const startPlace = 'hearth';

const directions = { n: 'north', e: 'east', s: 'south', w: 'west', u: 'up', d: 'down' };

/** Made from things that you carry, and carried themselves. */
const crafts = {
  plank: { wood: 2 },
  rope: { flax: 2 },
  brick: { clay: 2 },
  torch: { wood: 1, flax: 1 },
  soup: { herbs: 1, berries: 1 },
  pick: { ore: 2, wood: 1 },
};

/** Built where you stand from things that you carry. It stays. `only`: the only place for it. */
const buildings = {
  sign: { cost: { plank: 1 }, renown: 1, text: 'a wooden sign' },
  bench: { cost: { plank: 2 }, renown: 2, text: 'a bench' },
  lamp: { cost: { torch: 1, stone: 1 }, renown: 2, text: 'a burning lamp' },
  garden: { cost: { herbs: 3 }, renown: 2, text: 'a herb garden' },
  statue: { cost: { stone: 5, pick: 1 }, renown: 5, text: 'a stone statue' },
  well: { cost: { brick: 6, rope: 1 }, renown: 5, text: 'a well' },
  hut: { cost: { plank: 4, rope: 2 }, renown: 6, text: 'a hut' },
  wheel: {
    cost: { plank: 6, pick: 1 },
    renown: 10,
    text: 'a turning mill wheel',
    only: 'mill',
  },
  bridge: {
    cost: { plank: 6, rope: 4 },
    renown: 10,
    text: 'a rope bridge',
    only: 'river',
  },
  beacon: {
    cost: { brick: 6, plank: 4, amber: 3 },
    renown: 20,
    text: 'the great beacon, seen from every corner of the hollow',
    only: 'hilltop',
  },
};

/** The goals that the players of a world reach together. */
const goals = [
  { text: 'A bridge over the river', isDone: (world) => world.hasBuilt('river', 'bridge') },
  {
    text: 'A lamp in five places',
    isDone: (world) => Object.keys(places).filter((place) => world.hasBuilt(place, 'lamp')).length >= 5,
  },
  { text: 'The mill turns again', isDone: (world) => world.hasBuilt('mill', 'wheel') },
  { text: 'The beacon on the hilltop', isDone: (world) => world.hasBuilt('hilltop', 'beacon') },
];

module.exports = { buildings, crafts, directions, goals, places, startPlace };
