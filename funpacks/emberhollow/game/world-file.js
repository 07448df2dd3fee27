'use strict';
const fs = require('node:fs');

const worldPath = 'world.json';
/** The world of the save before: what is left when the newest one turns out unreadable. */
const previousPath = 'world.previous.json';

/** Replaces a file as a whole: a reader, a crash or a full disk sees the old content or the new one, never a part. */
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

/** The saved state and where it came from; undefined where there is none. Throws when both copies are unreadable. */
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
