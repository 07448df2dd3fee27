import { actions, victimNames } from './world-plan.mjs';

const nothing = 'nothing in hand';
const allIsWell = 'every backup is whole, every launch had its world, no promised world is gone';

/** Prints who was killed in the middle of what, each cut, what was judged, and the outcome, if need be so far. */
export function printWorldSummary(run, wasEnded = false) {
  const { seed, blows, cuts, redisMended, timeline, judge, reader, answers, ups } = run;
  console.log(`\nworlds, seed ${seed}`);
  printHits(blows.hits);
  for (const [number, { unflushed, kept, inHand }] of cuts.entries())
    console.log(
      `cut ${String(number + 1).padEnd(7)} of ${unflushed} unflushed pages ${kept} were kept; in hand: ` +
        (inHand.join(', ') || 'nothing'),
    );
  console.log(`\nkills       ${blows.made}; ${blows.missed} more found nobody to hit`);
  const mended = redisMended > 0 ? `; after ${redisMended} of them the box cut off the end of Redis's data` : '';
  console.log(`cuts        ${cuts.length}${mended}`);
  console.log(`judged      ${reader.count} archives read by lzop and tar, ${judge.launches} launches of games`);
  console.log(`answers     ${[...answers].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  console.log(`supervisor  ${ups} times \`pinky up\``);
  const { violations } = timeline;
  console.log(
    violations.length === 0
      ? `\n${wasEnded ? 'ended early; so far ' : ''}${allIsWell}`
      : `\n${violations.length} VIOLATIONS with seed ${seed}:\n${violations.map(({ text }) => `  ${text}`).join('\n')}`,
  );
}

/** One row for whatever was in hand, one column for each victim. */
function printHits(hits) {
  const middles = new Set([...actions.map(({ name }) => name), ...[...hits.keys()].map((key) => key.split(', ')[1])]);
  const columns = victimNames.map((name) => name.split(' ')[0].padStart(12));
  console.log(`\n${'killed in the middle of'.padEnd(30)}${columns.join('')}`);
  for (const middle of [...middles].filter((name) => name !== nothing).concat(nothing)) {
    const counts = victimNames.map((victim) => hits.get(`${victim}, ${middle}`) ?? 0);
    if (counts.some((count) => count > 0)) {
      console.log(middle.padEnd(30) + counts.map((count) => String(count || '–').padStart(12)).join(''));
    }
  }
  console.log('');
}
