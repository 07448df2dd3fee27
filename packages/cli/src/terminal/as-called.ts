/**
 * Advice as it can be typed: where the clone's `./pinky` was called, `pinky ps` alone would be the `pinky` of
 * coreutils, which shows who is logged in. `$PINKY_CALLED_AS` is set by that script.
 */
export function asCalled(text: string, env: NodeJS.ProcessEnv): string {
  const name = env['PINKY_CALLED_AS'];
  return name ? text.replaceAll(/`pinky (?=[-a-z])/g, () => `\`${name} `) : text;
}
