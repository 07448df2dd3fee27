'use strict';
const fs = require('node:fs');

const world = 'world';
/** The copy that the running server makes on `save`, between two of its writes. */
const snapshot = 'snapshot';
/** A snapshot that a backup has taken. Each is taken once, because an old one must never pass for the world. */
const taken = 'taken';

/** Copies the world. The server must not write meanwhile. */
async function copyWorld() {
  const fresh = `${snapshot}.new`;
  await fs.promises.rm(fresh, { recursive: true, force: true });
  await fs.promises.cp(world, fresh, { recursive: true });
  await fs.promises.rm(snapshot, { recursive: true, force: true });
  await fs.promises.rename(fresh, snapshot);
}

/** The copy that was just made. Or the world itself, where no server runs that could have made one. */
function pathsToBackUp() {
  fs.rmSync(taken, { recursive: true, force: true });
  if (fs.existsSync(snapshot)) {
    fs.renameSync(snapshot, taken);
    return [taken];
  }
  return fs.existsSync(world) ? [world] : [];
}

/** Puts a restored world in its place. Where there is a world already, backups have left the copies. */
function placeRestored() {
  const restored = [taken, snapshot].find((path) => fs.existsSync(path));
  if (restored && !fs.existsSync(world)) fs.renameSync(restored, world);
  for (const path of [taken, snapshot, `${snapshot}.new`]) fs.rmSync(path, { recursive: true, force: true });
}

module.exports = { copyWorld, pathsToBackUp, placeRestored };
