'use strict';
const { existsSync } = require('node:fs');
const { join, relative } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

const root = join(__dirname, '..', '..');

/**
 * The tests that take longest, the longest first. On a machine that has never run them, jest would begin with the
 * largest files, and a minute's trial of 40 lines would be what the others wait for at the end.
 */
const slow = [
  'test/chaos.test.ts',
  'test/worlds.test.ts',
  'test/page/page.test.ts',
  'packages/webhooks/test/dispatch/killed.test.ts',
  'test/one-owner.test.ts',
  'test/backups/going-back.test.ts',
  'test/stores/backup-store.test.ts',
  'test/distributions/packs-to-boxes.test.ts',
  'test/definitions/version-before.test.ts',
  'test/upgrade-in-place.test.ts',
  'test/definitions/comes-back.test.ts',
  'packages/box/test/supervise/signals.test.ts',
  'test/own-redis.test.ts',
  'packages/serverengine/test/server/hooks-and-signals.test.ts',
  'packages/serverengine/test/vectors/logger-sockets-daemons.test.ts',
  'packages/serverengine/test/adopt/adoption.test.ts',
  'packages/box/test/supervise/two-signals.test.ts',
  'packages/box/test/supervise/private-redis.test.ts',
  'packages/queue/test/integration/failover.test.ts',
  'packages/worker/test/integration/records.test.ts',
  'packages/worker/test/integration/unused-worlds.test.ts',
  'packages/worker/test/integration/parked-worlds.test.ts',
  'packages/worker/test/integration/standby.test.ts',
  'test/definitions/ended-saves.test.ts',
  'test/webhooks.test.ts',
  'test/client.test.ts',
  'test/definitions/secrets.test.ts',
  'test/api.test.ts',
  'test/funpacks/isolation.test.ts',
  'test/funpacks/install.test.ts',
  'packages/worker/test/integration/isolation.test.ts',
  'packages/funpack-runner/test/integration/run-task.test.ts',
  'packages/worker/test/integration/survival.test.ts',
  'packages/serverengine/test/supervise/create-server.test.ts',
  'packages/worker/test/integration/departures.test.ts',
  'packages/serverengine/test/examples/examples.test.ts',
  'test/definitions/ports.test.ts',
  'packages/serverengine/test/server/soak.test.ts',
  'packages/serverengine/test/vectors/runs.test.ts',
  'packages/box/test/supervise/keeps-children.test.ts',
  'packages/supervisor/test/sipid/sipid.test.ts',
  'packages/worker/test/integration/faults.test.ts',
  'packages/queue/test/integration/one-owner.test.ts',
  'packages/queue/test/integration/scheduled-runs.test.ts',
  'test/npm-package.test.ts',
  'test/remote-producer.test.ts',
  'test/bad-input/games.test.ts',
  'test/definitions/outlives-runs.test.ts',
  'packages/supervisor/test/integration/process-tree.test.ts',
  'test/upgrade.test.ts',
  'packages/queue/test/integration/queue-program.test.ts',
  'packages/box/test/supervise/takes-over.test.ts',
  'packages/funpack-runner/test/integration/killed-backup.test.ts',
  'packages/serverengine/test/server/load.test.ts',
  'test/redis-away.test.ts',
  'packages/worker/test/integration/unkillable.test.ts',
  'packages/cli/test/commands/up-down.test.ts',
  'test/bad-input/funpacks.test.ts',
  'packages/serverengine/test/sockets/socket-manager.test.ts',
];

/** jest's own order where it knows how long the tests took the last time, else the slow ones first. */
module.exports = class SlowFirst extends Sequencer {
  sort(tests) {
    const gone = slow.filter((file) => !existsSync(join(root, file)));
    if (gone.length > 0) throw new Error(`scripts/lib/slow-first.cjs names tests that are gone: ${gone.join(', ')}`);
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration != null)) return sorted;
    const placeOf = (test) => {
      const place = slow.indexOf(relative(root, test.path));
      return place === -1 ? slow.length : place;
    };
    return sorted.sort((a, b) => placeOf(a) - placeOf(b));
  }
};
