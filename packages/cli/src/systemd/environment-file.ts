import { options, type Option } from '../config/options.js';

/** The file for secrets and variables of a unit: every variable that is an option, none of them set. */
export function environmentFile(): string {
  const lines = (options as readonly Option[]).flatMap(({ env, path }) =>
    env === undefined ? [] : [`# the option \`${path}\``, `#${env}=`],
  );
  return [
    "# Variables of Pinky. Only root may read this file: systemd reads it before it becomes the unit's user.",
    ...lines,
    '',
  ].join('\n');
}
