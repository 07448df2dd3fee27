import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Everything that this trial did and saw, with the time of each entry. */
export class Timeline {
  #entries = [];
  #start = Date.now();
  violations = [];

  say(text) {
    this.#entries.push({ at: Date.now(), text });
    console.log(`${((Date.now() - this.#start) / 1_000).toFixed(1).padStart(7)} s  ${text}`);
  }

  /** Notes it for the timeline without printing it. */
  note(text) {
    this.#entries.push({ at: Date.now(), text });
    if (this.#entries.length > 20_000) this.#entries.splice(0, 10_000);
  }

  /** Notes and prints a broken promise, each text once. */
  violation(text, serverId) {
    if (this.violations.some((known) => known.text === text)) return;
    this.violations.push({ at: Date.now(), text, serverId });
    this.say(`VIOLATION: ${text}`);
  }

  /** Copies the whole timeline and the box's logs into a folder. */
  keep(logDir, folder) {
    cpSync(logDir, folder, { recursive: true });
    writeFileSync(
      join(folder, 'timeline'),
      this.#entries.map(({ at, text }) => `${new Date(at).toISOString()} ${text}\n`).join(''),
    );
  }

  /** Prints the seconds around the first violation and the box's last log lines. Copies the logs to `keepIn`. */
  report(logDir, keepIn, seed) {
    const [first] = this.violations;
    if (!first) return;
    console.log(`\nseed ${seed}; the timeline before the first violation (of ${this.violations.length}):`);
    for (const { at, text } of this.#entries.filter(({ at }) => at > first.at - 20_000 && at < first.at + 1_000))
      console.log(`  ${new Date(at).toISOString()} ${text}`);
    if (!existsSync(logDir)) return;
    this.keep(logDir, keepIn);
    console.log(`\nwhat the box logged (all of it: ${keepIn}):`);
    for (const name of readdirSync(logDir).filter((file) => file.endsWith('.log'))) {
      const lines = readFileSync(join(logDir, name), 'utf8')
        .split('\n')
        .filter((line) => line && (!first.serverId || name !== 'workers.log' || line.includes(first.serverId)));
      for (const line of lines.slice(-25)) console.log(`  ${name}: ${line.slice(0, 400)}`);
    }
  }
}
