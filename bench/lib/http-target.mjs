import { Agent, request } from 'node:http';
import { msSince, nowNs } from './time.mjs';

/** One connection that is kept, to the API or to what stands beside it. */
export class HttpTarget {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(port, token) {
    this.port = port;
    this.token = token;
  }

  /** One request. Answers its status, its body, and the milliseconds from its begin to the end of its answer. */
  send(method, path, body) {
    const content = body === undefined ? undefined : JSON.stringify(body);
    const begun = nowNs();
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port: this.port,
        agent: this.#agent,
        method,
        path,
        headers: {
          authorization: `Bearer ${this.token}`,
          ...(content !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(content),
          }),
        },
      }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({
          status: response.statusCode,
          text: Buffer.concat(chunks).toString(),
          ms: msSince(begun),
        }));
      });
      sent.on('error', reject);
      sent.end(content);
    });
  }

  /** The same, for an answer that must have this status. Throws with what came instead. */
  async expect(status, method, path, body) {
    const answer = await this.send(method, path, body);
    if (answer.status === status) return answer;
    throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
  }

  close() {
    this.#agent.destroy();
  }
}
