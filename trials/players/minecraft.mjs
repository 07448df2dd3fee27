import { createRequire } from 'node:module';
import { join as pathOf } from 'node:path';
import { Player } from './player.mjs';

/** A Minecraft player: mineflayer, from the folder where scripts/try installed it. */
export async function join({ port, name, cacheDir, version = '1.20.1' }) {
  const mineflayer = createRequire(pathOf(cacheDir, 'package.json'))('mineflayer');
  // The library would print packets that it cannot read, which are about other players' looks.
  const bot = mineflayer.createBot({
    host: '127.0.0.1',
    port,
    username: name,
    auth: 'offline',
    version,
    hideErrors: true,
    logErrors: false,
  });
  const player = new Player(name, {
    say: (text) => bot.chat(text),
    leave: () => bot.quit(),
  });
  player.bot = bot;
  bot.on('messagestr', (line) => player.hears(line));
  bot.on('kicked', (reason) => player.isKicked(typeof reason === 'string' ? reason : JSON.stringify(reason)));
  bot.on('error', (failure) => player.hears(`error: ${failure.message}`));
  bot.once('end', () => player.isGone());
  const spawned = new Promise((resolve) => { bot.once('spawn', resolve); });
  await Promise.race([
    spawned,
    player.closed.then(() => {
      throw new Error(`${name} could not join on port ${port}`);
    }),
  ]);
  return player;
}
