// The stages that rows share, so that a hundred games are started once, and not once for each row.
import { Floor } from './floor.mjs';
import { PinkyBox } from './pinky-box.mjs';
import { sleep } from './time.mjs';

/**
 * How long a game lives before anything is done to it, milliseconds: a crash policy tells a failed start from a crash,
 * and a standby is made later on a machine that is busy.
 */
const settleMs = 8_000;

/** Pinky and bare Node beside each other with equally many games, for rows whose samples take turns. */
export async function pairStage(rows, { scratch, game, isQuick, log }) {
  const count = isQuick ? 12 : 40;
  // A shell script (bin/run) launches a quarter of the games.
  const ids = Array.from({ length: count }, (_, place) => `g${place + 1}`);
  const scripted = new Set(ids.slice(-Math.round(count / 4)));
  const floor = new Floor(scratch, { game });
  const pinky = new PinkyBox(scratch, { game });
  try {
    await Promise.all([floor.open(), pinky.open()]);
    await floor.start(ids);
    await floor.stamps.started(count);
    await pinky.start(ids.filter((id) => !scripted.has(id)));
    await pinky.start([...scripted], 'scripted');
    await pinky.stamps.started(count);
    await pinky.allUp(ids);
    await sleep(settleMs);
    for (const row of rows) await log(row, () => row.measure({
      floor,
      pinky,
      ids,
      scripted,
      scratch,
      isQuick,
    }));
  } finally {
    floor.close();
    await pinky.close();
  }
}

/**
 * Fleets of idle games, one at a time: processes share the pages of the node binary, so each weighs less the more there
 * are. Each row takes what it wants from a visit.
 */
export async function visitStage(rows, { scratch, game, isQuick, log }) {
  const sizes = [...new Set(rows.flatMap((row) => row.sizes(isQuick)))].toSorted((a, b) => a - b);
  const visits = sizes.flatMap((size) => ['floor', 'pinky'].map((shape) => ({ size, shape })));
  if (!isQuick && rows.some(({ isRepeated }) => isRepeated)) {
    for (const shape of ['floor', 'pinky']) visits.push({ size: sizes.at(-1), shape, isAgain: true });
  }
  for (const visit of visits)
    await log({ name: `${visit.size} games, ${visit.shape}` }, () =>
      visitFleet(rows, { ...visit, scratch, game, isQuick }),
    );
}

async function visitFleet(rows, { size, shape, isAgain = false, ...context }) {
  const wanting = rows.filter((row) => row.sizes(context.isQuick).includes(size) && (!isAgain || row.isRepeated));
  const ids = Array.from({ length: size }, (_, place) => `g${place + 1}`);
  const fleet = shape === 'floor' ? new Floor(context.scratch, context) : new PinkyBox(context.scratch, context);
  try {
    await fleet.open();
    await sleep(300);
    const begun = process.hrtime.bigint();
    await fleet.start(ids);
    await fleet.stamps.started(size);
    const lastAt = fleet.stamps.starts.reduce((latest, { at }) => (at > latest ? at : latest), 0n);
    for (const row of wanting)
      await row.visit({
        fleet,
        shape,
        size,
        ids,
        startMs: Number(lastAt - begun) / 1e6,
        isQuick: context.isQuick,
      });
  } finally {
    await fleet.close();
  }
}

/** Rows that start everything they need themselves. */
export async function loneStage(rows, { log, ...context }) {
  for (const row of rows) await log(row, () => row.measure(context));
}
