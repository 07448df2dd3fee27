'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const world = 'world';
/** The copy of the world for a backup. A restored backup holds only this. */
const snapshot = 'snapshot';

/** How long a database may be busy before the copy gives up, milliseconds. */
const busyMs = 10_000;

/** No part of a world: our own channel and mod, and the files that SQLite keeps beside a database during a write. */
const isOurs = (file) => ['pinky', path.join('worldmods', 'pinky')].includes(file);
const isJournal = (file) => /\.sqlite-(journal|wal|shm)$/.test(file);

/** Copies the world. SQLite's own backup call copies databases: a plain copy of one in use can be torn. */
function takeSnapshot() {
  if (!fs.existsSync(world)) return [];
  fs.rmSync(snapshot, { recursive: true, force: true });
  fs.cpSync(world, snapshot, {
    recursive: true,
    filter: (source) => {
      const file = path.relative(world, source);
      return !isOurs(file) && !isJournal(file) && !file.endsWith('.sqlite');
    },
  });
  for (const file of fs.readdirSync(world).filter((name) => name.endsWith('.sqlite'))) {
    const copy = path.join(snapshot, file).replaceAll("'", "''");
    execFileSync('sqlite3', ['-bail', '-cmd', `.timeout ${busyMs}`, path.join(world, file), `.backup '${copy}'`]);
  }
  return [snapshot];
}

/** Puts a restored world in its place. Where there is a world already, a backup has left the snapshot. */
function placeRestored() {
  if (fs.existsSync(snapshot) && !fs.existsSync(world)) fs.renameSync(snapshot, world);
  fs.rmSync(snapshot, { recursive: true, force: true });
  fs.mkdirSync(world, { recursive: true });
}

module.exports = { placeRestored, takeSnapshot };
