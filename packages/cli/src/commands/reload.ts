import { asPinkyError } from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { reloadConfig } from '../config/box-config.js';
import { writeEffectiveConfig } from '../config/effective.js';
import { askForTree, askSupervisor } from '../talk/supervisor.js';

/** `pinky reload`: checks pinky.yml first, so that a mistake in it changes nothing. */
export async function reload(context: Context): Promise<number> {
  const { home, env, out } = context;
  await askForTree(home);
  const { config, kept } = reloadConfig({ home, env });
  writeEffectiveConfig(config);
  await askSupervisor(home, 'reload', {}, { deadlineMs: 10_000 }).catch((error: unknown) => { throw asPinkyError(error); });
  out.answer({ home, kept }, () => [
    'the configuration is read again',
    ...kept.map((option) => out.paint('busy', `\`${option}\` differs from what the box runs with; a new value holds from the next \`pinky up\` on`)),
  ]);
  return 0;
}
