import type { Context } from '../command-line/context.js';
import { reloadConfig } from '../config/box-config.js';
import { askSupervisor } from '../talk/supervisor.js';

const reloadMs = 10_000;

/** `pinky reload`: the supervisor checks pinky.yml in its own environment; a mistake in it changes nothing. */
export async function reload({ home, env, out }: Context): Promise<number> {
  const { kept } = reloadConfig({ home, env });
  await askSupervisor(home, 'reload', {}, { deadlineMs: reloadMs });
  out.answer({ home, kept }, () => [
    'the configuration is read again',
    ...kept.map((option) => out.paint('busy', `\`${option}\` differs from what the box runs with; a new value holds from the next \`pinky up\` on`)),
  ]);
  return 0;
}
