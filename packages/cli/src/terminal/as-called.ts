/**
 * Turns advice into what can be typed here. If `./pinky` in the clone was called, `pinky ps` alone might be the `pinky`
 * of coreutils, which shows who is logged in. The script `./pinky` sets `$PINKY_CALLED_AS`.
 */
export function asCalled(text: string, env: NodeJS.ProcessEnv): string {
  const name = env['PINKY_CALLED_AS'];
  return name ? text.replaceAll(/`pinky (?=[-a-z])/g, () => `\`${name} `) : text;
}
