'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const world = 'world';
/** Where a backup's copy of the world is made. A restored backup holds only this. */
const snapshot = 'snapshot';

/** Longest that one database may be busy before the copy gives up, milliseconds. */
const busyMs = 10_000;

/** Not part of a world: our own channel and mod, and what SQLite keeps beside a database while it is written. */
const isOurs = (file) => ['pinky', path.join('worldmods', 'pinky')].includes(file);
const isJournal = (file) => /\.sqlite-(journal|wal|shm)$/.test(file);

/** Copies the world. Databases go through SQLite's own backup call, because a plain copy of one in use can be torn. */
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

/** Puts a restored world in its place; beside a world that is there, a snapshot is only what a backup left. */
function placeRestored() {
  if (fs.existsSync(snapshot) && !fs.existsSync(world)) fs.renameSync(snapshot, world);
  fs.rmSync(snapshot, { recursive: true, force: true });
  fs.mkdirSync(world, { recursive: true });
}

module.exports = { placeRestored, takeSnapshot };
