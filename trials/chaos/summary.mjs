import { faultNames } from './plan.mjs';

/** Prints which faults were made, what was counted, and the outcome. */
export function printSummary({ kind, seed, minutes, saboteur, players, keeper, watch, figures, timeline }) {
  console.log(`\n${kind}, seed ${seed}, ${minutes} minutes`);
  console.log('\nfault                                     made   not possible then');
  for (const fault of faultNames) {
    const [made, skipped] = [saboteur?.counts.get(fault) ?? 0, saboteur?.skipped.get(fault) ?? 0];
    if (made + skipped > 0) {
      console.log(`${fault.padEnd(40)} ${String(made).padStart(5)} ${String(skipped || '').padStart(8)}`);
    }
  }
  const { commands, events, numbered, lives } = figures;
  console.log(
    `\nevents      ${events ?? '?'} came, ${numbered ?? '?'} of them numbered by the games: each once and in order`,
  );
  if (commands) {
    const notTaken = commands.notTaken > 0 ? `, ${commands.notTaken} that Redis refused to take` : '';
    const forgotten = commands.forgotten > 0 ? `, ${commands.forgotten} that Redis itself forgot` : '';
    console.log(
      `commands    ${commands.sent} sent: ${commands.succeeded} succeeded, ${commands.refused} were refused, ` +
        `${commands.unknown} were answered with an unknown outcome${notTaken}${forgotten}; ` +
        `${commands.effects} noted by games, each once`,
    );
  }
  if (commands) {
    console.log(
      `answers     ${Object.entries(commands.codes)
        .map(([code, count]) => `${code} ${count}`)
        .join(', ')}`,
    );
  }
  console.log(
    `games       ${lives ?? '?'} lives, ${watch?.restarts ?? 0} of them ended: by their own crash, on request, or by ` +
      'the saboteur',
  );
  console.log(
    `players     said ${players?.said ?? 0} lines, heard ${players?.heard ?? 0}; ${players?.cut ?? 0} were cut off`,
  );
  console.log(`supervisor  ${keeper?.ups ?? 0} times \`pinky up\``);
  console.log(
    timeline.violations.length === 0
      ? '\nnothing was lost, nothing happened twice, no game stopped'
      : `\n${timeline.violations.length} VIOLATIONS with seed ` +
        `${seed}:\n${timeline.violations.map(({ text }) => `  ${text}`).join('\n')}`,
  );
}
