import { boxPaths, PinkyError } from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { reloadConfig } from '../config/box-config.js';
import { readEffectiveConfig } from '../config/effective.js';
import { askSupervisor } from '../talk/supervisor.js';

const reloadMs = 10_000;

/** `pinky reload`: the supervisor checks pinky.yml in its own environment; a mistake in it changes nothing. */
export async function reload({ home, env, out, configFile }: Context): Promise<number> {
  refuseOther(home, configFile);
  const { kept } = reloadConfig({ home, env });
  await askSupervisor(home, 'reload', {}, { deadlineMs: reloadMs });
  out.answer({ home, kept }, () => [
    'the configuration is read again',
    ...kept.map((option) =>
      out.paint(
        'busy',
        `\`${option}\` differs from what the box runs with; a new value holds from the next \`pinky up\` on`,
      ),
    ),
  ]);
  return 0;
}

/**
 * The supervisor reads the file that it was started with: to pass over another one in silence would look as if it were
 * obeyed.
 */
function refuseOther(home: string, configFile: string | undefined): void {
  const own = readEffectiveConfig(home)?.configFile ?? boxPaths(home).config;
  if (configFile === undefined || configFile === own) return;
  throw new PinkyError(
    'bad_option',
    `--config: the box reads ${own} as long as it runs; ${configFile} would hold from the next \`pinky up ` +
      `--config\` on`,
  );
}
