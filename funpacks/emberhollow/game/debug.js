'use strict';

/** Faults on demand, for tests of a host. They need the setting `debug`. */
const debugOrders = {
  /** `debug flood N`: N numbered chat events at once. */
  flood({ log }, count) {
    for (let i = 1; i <= Number(count); i += 1) log.emit('chat', { user: 'flood', message: `line ${i}` });
  },
  /** `debug raw TEXT`: the text without a line break at its end. `\n` and `\xHH` are understood. */
  raw({ log }, text) {
    log.raw(
      Buffer.from(
        text.replace(/\\n/g, '\n').replace(/\\x([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
        'latin1',
      ),
    );
  },
  /** `debug hang MS`: the loop stands still, so that the game answers neither orders nor TERM. */
  hang(_game, ms) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
  },
  /** `debug crash`: an exception that nobody catches. */
  crash() {
    setImmediate(() => {
      throw new Error('crashed on demand');
    });
  },
  /** `debug exit CODE`: exits at once, without saving. */
  exit(_game, code) {
    process.exit(Number(code) || 0);
  },
  /** `debug deaf`: ignores `stop` and TERM from now on. */
  deaf(game) {
    game.stop = () => game.log.emit('info', { msg: 'deaf' });
  },
};

module.exports = { debugOrders };
