import { guardOwnPorts, reloadConfig } from '@pinky/box/config';
import { boxPaths, findEffectiveConfig, PinkyError } from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { askSupervisor } from '../../talk/supervisor.js';
import { refuseUnsafeKey } from './backup-keys.js';

const reloadMs = 10_000;
const lateRemedy = 'the machine is busy; `log/supervisor.log` says when the options were read; else send it again';

/** `pinky reload`: the supervisor reads pinky.yml again, in its own environment. A mistake in it changes nothing. */
export async function reload({ home, env, out, configFile }: Context): Promise<number> {
  refuseOther(home, configFile);
  const { config, kept } = reloadConfig({ home, env });
  await refuseUnsafeKey(config);
  await askSupervisor(home, 'reload', {}, { deadlineMs: reloadMs }).catch((failure: unknown) => {
    const isLate =
      failure instanceof PinkyError && failure.code === 'deadline_exceeded' && failure.details?.['isStopped'] !== true;
    throw isLate ? new PinkyError(failure.code, failure.message, { cause: failure, remedy: lateRemedy }) : failure;
  });
  guardOwnPorts(config);
  out.answer({ home, kept }, () => [
    'the configuration was read again',
    ...kept.map((option) =>
      out.paint(
        'busy',
        `\`${option}\` stays what the box runs with; the next \`pinky up\` applies the new value`,
      ),
    ),
  ]);
  return 0;
}

/** The supervisor reads the file that it was started with. Another --config is refused, not ignored in silence. */
function refuseOther(home: string, configFile: string | undefined): void {
  const own = findEffectiveConfig(home)?.configFile ?? boxPaths(home).config;
  if (configFile === undefined || configFile === own) return;
  throw new PinkyError(
    'bad_option',
    `--config: the box reads ${own} as long as it runs; use \`pinky up --config\` to start it with ${configFile}`,
  );
}
