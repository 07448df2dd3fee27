import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { boxPaths, errnoOf, hasFields, makeDir, parseObject } from '@pinky/protocol';
import type { KeptJob } from './job.js';

const fields = {
  id: 'string',
  command: 'string',
  state: 'string',
  createdAt: 'string',
  mark: 'string',
  by: 'string',
} as const;

/** The jobs on disk: one line each time that one begins or ends. The last line about a job counts. */
export class JobFile {
  #written: Promise<void> = Promise.resolve();

  constructor(private readonly home: string) {}

  /** In the order in which they were made. */
  async read(): Promise<KeptJob[]> {
    const jobs = new Map<string, KeptJob>();
    for (const line of (await this.#text()).split('\n')) {
      const job = parseObject(line);
      // Only this class writes the file. A line that was cut short is no object.
      if (hasFields(job, fields)) jobs.set(String(job.id), job as unknown as KeptJob);
    }
    return [...jobs.values()];
  }

  /** Resolves when it is written. */
  add(job: KeptJob): Promise<void> {
    return this.#after(() => appendFile(boxPaths(this.home).apiJobs, `${JSON.stringify(job)}\n`, { mode: 0o600 }));
  }

  /** Keeps only these. */
  replace(jobs: readonly KeptJob[]): Promise<void> {
    const { apiJobs, apiDir } = boxPaths(this.home);
    return this.#after(async () => {
      makeDir(apiDir);
      await writeFile(`${apiJobs}.new`, jobs.map((job) => `${JSON.stringify(job)}\n`).join(''), { mode: 0o600 });
      await rename(`${apiJobs}.new`, apiJobs);
    });
  }

  /** One write after the other, whether or not the one before went well. */
  #after(write: () => Promise<void>): Promise<void> {
    const done = this.#written.then(write);
    this.#written = done.catch(() => undefined); // whoever asked for that write has its failure
    return done;
  }

  async #text(): Promise<string> {
    try {
      return await readFile(boxPaths(this.home).apiJobs, 'utf8');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return ''; // no job was made yet
      throw error;
    }
  }
}
