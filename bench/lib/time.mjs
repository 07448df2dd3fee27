export { lookFor, until } from '@pinky/protocol/testing';

/** CLOCK_MONOTONIC in nanoseconds: the clock of the game's stamps. */
export const nowNs = () => process.hrtime.bigint();
export const msBetween = (from, to) => Number(to - from) / 1e6;
export const msSince = (from) => msBetween(from, nowNs());
export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
/** A pause of no fixed length, so that samples do not fall in step with somebody's timer. */
export const jitter = (least, most) => sleep(least + Math.random() * (most - least));
