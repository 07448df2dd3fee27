import { median } from '../lib/statistics.mjs';

/** From one call that orders a hundred games to the first instruction of the last one. */
export class Start {
  name = 'start';
  stage = 'visit';
  isRepeated = true;
  sizes = () => [100];
  #samples = { floor: [], pinky: [] };

  visit({ shape, startMs }) {
    this.#samples[shape].push(startMs / 1000);
  }

  report() {
    const { floor, pinky } = this.#samples;
    const each = (samples) => samples.map((seconds) => seconds.toFixed(2)).join(', ');
    return {
      bare: 'Node parent, one forked worker per game',
      figures: [
        {
          label: "100 games started at once, to the last one's start",
          unit: 's',
          pinky: median(pinky),
          bare: median(floor),
          target: 2,
          design: 1.33,
        },
      ],
      notes: [
        `each run: Pinky ${each(pinky)} s, bare ${each(floor)} s; Pinky from addBulk on, with what a start is: ` +
          'port, funpack, folders, state',
      ],
    };
  }
}
