import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { until } from './time.mjs';

/** supervisord with some programs in a folder of its own, asked over its Unix socket. Only where it is installed. */
export class Supervisord {
  static isInstalled = spawnSync('supervisord', ['--version']).status === 0;

  constructor(scratch) {
    this.scratch = scratch;
    this.home = scratch.folder();
    this.socket = join(this.home, 's');
  }

  /** `programs` are `{ id, command }`. They are started at once. */
  async open(programs) {
    const { home, socket, scratch } = this;
    const own = `[supervisord]\nnodaemon=true\nlogfile=${home}/log\npidfile=${home}/pid\nchildlogdir=${home}\n`;
    const factory = 'supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface';
    const ways = `[unix_http_server]\nfile=${socket}\n[rpcinterface:supervisor]\n${factory}\n`;
    const each = ({ id, command }) => `[program:${id}]\ncommand=${command}\nstdout_logfile=${home}/${id}.out\n`;
    writeFileSync(join(home, 'conf'), `${own}${ways}${programs.map(each).join('')}`);
    spawn('supervisord', ['-c', join(home, 'conf')], { stdio: 'ignore', env: { ...scratch.env, PINKY_BENCH: home } });
    await until('supervisord answers', () => this.#call('supervisor.getState').catch(() => undefined));
    return this;
  }

  /** Resolves when the program has ended. */
  stop(id) {
    return this.#call('supervisor.stopProcess', id);
  }

  close() {
    this.scratch.end(this.home);
  }

  #call(method, name) {
    const params = name === undefined ? '' : `<param><value><string>${name}</string></value></param>`;
    const call = `<methodName>${method}</methodName><params>${params}</params>`;
    const body = `<?xml version="1.0"?><methodCall>${call}</methodCall>`;
    const headers = { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) };
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: this.socket, path: '/RPC2', method: 'POST', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => { text += chunk; });
        response.on('error', reject);
        response.on('end', () => (text.includes('<fault>') ? reject(new Error(`${method}: ${text}`)) : resolve(text)));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
