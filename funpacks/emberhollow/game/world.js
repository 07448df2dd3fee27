'use strict';
const { buildings, goals, places, startPlace } = require('./land');
const { keyOf } = require('./text');

/** How many buildings a place has room for, and how many players are remembered: the world stays a small file. */
const mostBuildings = 30;
const mostRemembered = 5_000;
/** The fire at the hearth: how many logs it takes, and how long one log lasts, milliseconds. */
const fullFire = 20;
const logLastsMs = 60_000;

/**
 * Everything that lasts: buildings, things and plants by place, and who has been here. Its rules need no connection.
 */
class World {
  /** @param state a state from `toJSON`, or undefined for a new world */
  constructor(state) {
    this.places = new Map(Object.entries(places).map(([name, { grows }]) => {
      const saved = state?.places?.[name];
      return [name, { stock: { ...grows, ...saved?.stock }, ground: { ...saved?.ground }, built: saved?.built ?? [] }];
    }));
    this.people = new Map(Object.entries(state?.people ?? {}));
    this.fire = state?.fire ?? 3;
    this.reached = new Set(state?.reached ?? []);
    this.isChanged = state === undefined;
  }

  toJSON() {
    return {
      format: 1,
      places: Object.fromEntries(this.places),
      people: Object.fromEntries(this.people),
      fire: this.fire,
      reached: [...this.reached],
    };
  }

  changed() {
    this.isChanged = true;
  }

  /** The person with that name. A new one where there was none. */
  person(name) {
    const key = keyOf(name);
    let person = this.people.get(key);
    if (!person) {
      person = { name, place: startPlace, bag: {}, renown: 0, seenAt: Date.now() };
      this.people.set(key, person);
      this.#forgetStrangers();
    }
    if (!this.places.has(person.place)) person.place = startPlace;
    this.changed();
    return person;
  }

  hasBuilt(place, kind) {
    return this.places.get(place).built.some((building) => building.kind === kind);
  }

  canBuildMore(place) {
    return this.places.get(place).built.length < mostBuildings;
  }

  build(person, kind, text) {
    this.places.get(person.place).built.push({ kind, by: person.name, ...(text && { text }) });
    person.renown += buildings[kind].renown;
    this.changed();
  }

  /** The goals that were reached just now. Each is told once in a world's life. */
  newlyReached() {
    const fresh = goals.filter((goal) => !this.reached.has(goal.text) && goal.isDone(this));
    for (const goal of fresh) this.reached.add(goal.text);
    if (fresh.length > 0) this.changed();
    return fresh;
  }

  /** One more of each thing grows, up to its full number. */
  regrow() {
    for (const [name, { stock }] of this.places) {
      for (const [thing, most] of Object.entries(places[name].grows)) {
        if ((stock[thing] ?? 0) < most) {
          stock[thing] = (stock[thing] ?? 0) + 1;
          this.changed();
        }
      }
    }
  }

  /** One log burns down. Answers true when it was the last one. */
  burn() {
    if (this.fire === 0) return false;
    this.fire -= 1;
    this.changed();
    return this.fire === 0;
  }

  /** Puts a log on the fire. Answers false when there is no room for it. */
  feed() {
    if (this.fire >= fullFire) return false;
    this.fire += 1;
    this.changed();
    return true;
  }

  #forgetStrangers() {
    if (this.people.size <= mostRemembered) return;
    const strangers = [...this.people]
      .filter(([, person]) => !person.secret)
      .toSorted(([, a], [, b]) => a.seenAt - b.seenAt);
    for (const [key] of strangers.slice(0, this.people.size - mostRemembered)) this.people.delete(key);
  }
}

/** Adds `n` of a thing, or takes some away where `n` is negative. Empty entries vanish. */
function put(bag, thing, n = 1) {
  const left = (bag[thing] ?? 0) + n;
  if (left > 0) bag[thing] = left;
  else delete bag[thing];
}

/** The things that `bag` lacks for `cost`, as a bag. */
function missing(bag, cost) {
  return Object.fromEntries(
    Object.entries(cost)
      .map(([thing, n]) => [thing, n - (bag[thing] ?? 0)])
      .filter(([, n]) => n > 0),
  );
}

function pay(bag, cost) {
  for (const [thing, n] of Object.entries(cost)) put(bag, thing, -n);
}

module.exports = { World, fullFire, logLastsMs, missing, pay, put };
