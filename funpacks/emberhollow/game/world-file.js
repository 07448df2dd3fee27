'use strict';
const fs = require('node:fs');

const worldPath = 'world.json';
/** The save before the newest one, for when that is unreadable. */
const previousPath = 'world.previous.json';

/** Replaces a file as a whole: a reader sees the old content or the new one, even after a crash or on a full disk. */
function replaceFile(path, content, keepAs) {
  const fresh = `${path}.new`;
  try {
    const fd = fs.openSync(fresh, 'w', 0o644);
    try {
      fs.writeFileSync(fd, content);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (failure) {
    fs.rmSync(fresh, { force: true });
    throw failure;
  }
  if (keepAs && fs.existsSync(path)) {
    fs.rmSync(keepAs, { force: true });
    fs.linkSync(path, keepAs);
  }
  fs.renameSync(fresh, path);
}

const saveWorld = (state) => replaceFile(worldPath, JSON.stringify(state), previousPath);

/** The saved state and its file. Undefined where there is none. Throws when both copies are unreadable. */
function loadWorld() {
  const found = [worldPath, previousPath].filter((path) => fs.existsSync(path));
  let failure;
  for (const path of found) {
    try {
      return { path, state: JSON.parse(fs.readFileSync(path, 'utf8')) };
    } catch (error) {
      failure ??= new Error(`${path} is unreadable: ${error.message}`, { cause: error });
    }
  }
  if (failure) throw failure;
  return undefined;
}

module.exports = { loadWorld, replaceFile, saveWorld, worldPath };
