'use strict';
const { Connection } = require('./connection');
const { look, perform } = require('./verbs');
const { isRightSecret } = require('./secret');
const { cleaned, isName } = require('./text');

/** How long a visitor may stay without a name, milliseconds. */
const gateMs = 60_000;

/**
 * One connection's life: first it is asked for a name and perhaps a password, then it plays, then it is gone. `person`
 * is what the world remembers. It is there once the visitor plays.
 */
class Visitor {
  #connection;
  #hall;
  #gateTimer;
  #hear = (line) => this.#hearName(line);
  #isGone = false;
  person;

  constructor(socket, hall) {
    this.#hall = hall;
    this.#connection = new Connection(socket, {
      onLine: (line) => this.#hear(cleaned(line)),
      onTooFast: () => this.tell('Slower, please.'),
      onClose: () => this.leave('connection closed'),
    });
    this.#gateTimer = setTimeout(() => this.leave('no name', 'The gate closes again.'), gateMs);
    this.tell(`Welcome to Emberhollow. ${cleaned(hall.settings.motd)}\nWhat is your name?`);
  }

  get name() {
    return this.person?.name;
  }

  tell(text) {
    this.#connection.send(text);
  }

  /** Leaves, after a last text where one is given. `reason` is for the console. */
  leave(reason, lastWord) {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#gateTimer);
    this.#connection.end(lastWord);
    if (this.person) this.person.seenAt = Date.now();
    this.#hall.left(this, reason);
  }

  #hearName(name) {
    if (!isName(name)) {
      return this.tell(
        'A name is one word of 2 to 16 letters, digits, _ or -, and begins with a letter. What is yours?',
      );
    }
    if (this.#hall.isBanned(name)) return this.leave('banned', 'The gate stays closed for you.');
    const known = this.#hall.world.people.get(name.toLowerCase());
    if (!known?.secret) return this.#enter(name);
    this.#hear = (password) => this.#hearPassword(name, known, password);
    this.tell(`${known.name} has a password. What is it?`);
  }

  #hearPassword(name, known, password) {
    if (!isRightSecret(password, known.secret)) return this.leave('wrong password', 'That is not it.');
    this.#hall.find(name)?.leave('came in again', 'You came in again from elsewhere.');
    this.#enter(name);
  }

  #enter(name) {
    if (this.#hall.find(name)) {
      this.#hear = (line) => this.#hearName(line);
      return this.tell(`${name} is here already. What is your name?`);
    }
    if (this.#hall.isFull) return this.leave('full', 'The hollow is full; come back later.');
    clearTimeout(this.#gateTimer);
    this.person = this.#hall.world.person(name);
    this.person.seenAt = Date.now();
    this.#hear = (line) => this.#play(line);
    this.tell(`Hello ${this.name}! Type help to see what you can do.`);
    this.#hall.joined(this);
    look(this, this.#hall);
  }

  #play(line) {
    if (line === '') return;
    this.person.seenAt = Date.now();
    perform(this, this.#hall, line);
  }
}

module.exports = { Visitor };
