import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Player } from './player.mjs';

/** No window and no sound, and our mod may run. */
const config = 'video_driver = null\nenable_sound = false\nenable_client_modding = true\n';
/** How long the client may take to leave, milliseconds. */
const goodbyeMs = 2_000;
const mod = fileURLToPath(new URL('luanti-mod', import.meta.url));

/**
 * The real Luanti client, without a display. A client's mod can read nothing from outside. Ours says what a private
 * message of the server asks it to say: `askBack(text)` has the host `tell` the player that. The server needs the
 * setting clientMods.
 */
export async function join({ port, name, askBack }) {
  const home = mkdtempSync(pathOf(tmpdir(), 'luanti-client-'));
  const mods = pathOf(home, '.minetest', 'clientmods');
  mkdirSync(mods, { recursive: true });
  cpSync(mod, pathOf(mods, 'speaker'), { recursive: true });
  writeFileSync(pathOf(mods, 'mods.conf'), 'load_mod_speaker = true\n');
  writeFileSync(pathOf(home, 'client.conf'), config);
  const client = spawn(
    '/usr/games/minetest',
    ['--go', '--address', '127.0.0.1', '--port', String(port), '--name', name, '--config', pathOf(home, 'client.conf')],
    {
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const player = new Player(name, {
    say: (text) => askBack(`say: ${text}`),
    leave: () => leave(client),
  });
  createInterface({ input: client.stderr }).on('line', (line) => read(player, line));
  client.once('close', () => {
    rmSync(home, { recursive: true, force: true });
    player.isGone();
  });
  await Promise.race([
    player.heard('joined'),
    player.closed.then(() => {
      throw new Error(`${name} could not join on port ${port}`);
    }),
  ]);
  return player;
}

/** The client leaves on SIGINT and says goodbye to the server. If the server is gone it would wait for long. */
function leave(client) {
  client.kill('SIGINT');
  setTimeout(() => client.kill('SIGKILL'), goodbyeMs).unref();
}

/** Reads the mod's lines in the client's log, and the client's own line about being thrown out. */
function read(player, line) {
  const heard = /speaker: (.*)$/.exec(line)?.[1];
  if (heard !== undefined) player.hears(heard);
  const reason = /Access denied\. Reason: (.*)$/.exec(line)?.[1];
  if (reason !== undefined) player.isKicked(reason);
}
