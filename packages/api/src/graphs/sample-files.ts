import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { boxPaths, errnoOf } from '@pinky/protocol';
import { foldedSamples, lineOf, oldSampleMs, sampleIn, sampleMs, type Sample } from './sample.js';

/**
 * A file gets no more once it has this length, and then takes the place of the one before. So a server has its samples
 * of a day, and every ten minutes of a month: each line has 40 bytes at most.
 */
const newestBytes = 128 * 1024;
const oldBytes = 192 * 1024;

interface Tier {
  readonly name: string;
  readonly spanMs: number;
  readonly bytes: number;
}
const newest: Tier = { name: 'newest', spanMs: sampleMs, bytes: newestBytes };
const old: Tier = { name: 'old', spanMs: oldSampleMs, bytes: oldBytes };

/** The samples of one server, in its history. They outlive its runs, and go with it at `rm`. */
export class SampleFiles {
  readonly #dir: string;
  /** The samples of the ten minutes that are not over. Undefined: they have to be read. */
  #open: Sample[] | undefined;

  constructor(home: string, serverId: string) {
    this.#dir = join(boxPaths(home).history(serverId), 'samples');
  }

  /** Calls must not overlap. */
  async add(sample: Sample): Promise<void> {
    this.#open ??= await this.#lastTenMinutes();
    const begin = tenMinutesOf(sample);
    const over = this.#open.filter((each) => tenMinutesOf(each) !== begin);
    const first = over[0];
    if (first) await this.#append(old, foldedSamples(over, tenMinutesOf(first), oldSampleMs));
    this.#open = [...this.#open.filter((each) => tenMinutesOf(each) === begin), sample];
    await this.#append(newest, sample);
  }

  /** Those from `from` up to `to`, Unix milliseconds, oldest first; where there are none of a half minute, old ones. */
  async between(from: number, to: number): Promise<Sample[]> {
    const fine = await this.#read(newest);
    const until = fine[0]?.at ?? Number.POSITIVE_INFINITY;
    const coarse = (await this.#read(old)).filter(({ at }) => at + oldSampleMs <= until);
    return [...coarse, ...fine]
      .filter(({ at, spanMs }) => at + spanMs > from && at <= to)
      .toSorted((a, b) => a.at - b.at); // the clock may have been set back
  }

  async #lastTenMinutes(): Promise<Sample[]> {
    const samples = await this.#read(newest);
    const last = samples.at(-1);
    if (!last) return [];
    const begin = tenMinutesOf(last);
    const isFolded = (await this.#read(old)).at(-1)?.at === begin;
    return isFolded ? [] : samples.filter((each) => tenMinutesOf(each) === begin);
  }

  async #append({ name, bytes }: Tier, sample: Sample): Promise<void> {
    const file = join(this.#dir, `${name}.log`);
    const size = await stat(file).then((stats) => stats.size, () => 0); // it is not there yet
    if (size >= bytes) await rename(file, join(this.#dir, `${name}.before.log`));
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await appendFile(file, lineOf(sample), { mode: 0o600 });
  }

  async #read({ name, spanMs }: Tier): Promise<Sample[]> {
    const texts = await Promise.all([`${name}.before.log`, `${name}.log`].map((each) => this.#text(each)));
    return texts.join('\n').split('\n').flatMap((line) => sampleIn(line, spanMs) ?? []);
  }

  async #text(name: string): Promise<string> {
    try {
      return await readFile(join(this.#dir, name), 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return ''; // none was taken yet
      throw error;
    }
  }
}

const tenMinutesOf = ({ at }: Sample): number => Math.floor(at / oldSampleMs) * oldSampleMs;
