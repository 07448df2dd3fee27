import { isForPeople } from './expect.mjs';

const seconds = (ms) => `${(ms / 1000).toFixed(2).padStart(6)} s`;

/** Prints the story: one line for each step, with its time. */
export class Report {
  #begunAt = performance.now();
  #isOver = false;

  /** Does one step of the story and prints its line. `act` may answer a note about how it went. */
  async step(title, act) {
    const from = performance.now();
    try {
      const note = await act();
      this.#line(`ok   ${seconds(performance.now() - from)}  ${title}${note ? `: ${note}` : ''}`);
    } catch (failure) {
      this.#line(`FAIL ${seconds(performance.now() - from)}  ${title}`);
      throw failure;
    }
  }

  /** The story was interrupted: what a step says after this is not printed. */
  interrupted(signal) {
    this.note(`${signal}: cleaning up`);
    this.#isOver = true;
  }

  #line(text) {
    if (!this.#isOver) console.log(text);
  }

  note(text) {
    console.log(`     ${' '.repeat(8)}  ${text}`);
  }

  failed(failure, lastLines) {
    console.error(`\n${failure.message}`);
    if (!isForPeople(failure)) console.error(failure.stack);
    for (const { file, lines } of lastLines) console.error(`\n--- the last lines of ${file}\n${lines.join('\n')}`);
  }

  done(title) {
    console.log(
      `\nEverything was as it should be, on ${title}, in ${((performance.now() - this.#begunAt) / 1000).toFixed(1)} s.`,
    );
  }
}
