import { options, type Option } from '@pinky/box/config';

/** The file for the variables and secrets of a unit: every variable of an option, none of them set. */
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
