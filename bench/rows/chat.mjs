import { measureChat } from '../lib/chat.mjs';

/** The two rows about games that talk a lot. They differ only in numbers. */
export class Chat {
  stage = 'lone';
  #result;

  constructor(options) {
    this.options = options;
    this.name = options.name;
  }

  async measure(context) {
    this.#result = await measureChat({ ...context, ...this.options });
  }

  report() {
    const { pipe, follower, text, event, seconds } = this.#result;
    const { what, target, design } = this.options;
    const cpu = (label, pinky) => ({
      label: `${what}: CPU per million lines, ${label}`,
      unit: 's',
      pinky: pinky.cpuPerMillion,
      bare: follower.cpuPerMillion,
      target,
      design,
    });
    const missing = (label, { lost, twice, disordered }) => ({
      label: `${what}: lines lost, twice or out of order, ${label}`,
      unit: 'lines',
      pinky: lost + twice + disordered,
      bare: follower.lost,
      target: 0,
    });
    const slowdown = (label, { slowdown: factor }) => ({
      label: `${what}: the game takes so many times as long, ${label}`,
      unit: '×',
      pinky: factor,
      bare: follower.slowdown,
      target: 1.01,
    });
    return {
      bare: 'a follower of the console file per game with 20 ms rests, which parses each line',
      figures: [
        cpu('console text', text),
        cpu('events, published', event),
        missing('text', text),
        missing('events', event),
        slowdown('events', event),
      ],
      notes: [
        `over pipes, bare Node takes ${pipe.cpuPerMillion.toFixed(1)} s per million (lost ${pipe.lost}, ` +
          `${pipe.slowdown.toFixed(3)} ×)`,
        `Redis apart: ${event.redisPerMillion.toFixed(1)} s per million events; ${event.sent} lines in ${seconds} s`,
        `part of the game's time inside write(), and its longest: Pinky ${share(event)}, follower ` +
          `${share(follower)}, pipe ${share(pipe)}`,
      ],
    };
  }
}

const share = ({ inWrite, longestWriteMs }) => `${(inWrite * 100).toFixed(1)} %, ${longestWriteMs.toFixed(1)} ms`;
