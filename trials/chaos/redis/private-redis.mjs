/** The Redis that the box itself runs, at its socket. */
export class PrivateRedis {
  kind = 'private';
  ownServers = 1;
  configuration = '';
  faults = {};

  constructor(box) {
    this.box = box;
  }

  get connection() {
    return {
      path: this.box.redisSocket,
      password: this.box.effective.redisPassword,
      retryStrategy: () => 100,
    };
  }

  get address() {
    const { path, password } = this.connection;
    return `unix://:${encodeURIComponent(password)}@${path}`;
  }

  async start() { /* the box starts it */ }

  async settled() { /* the box restarts it */ }

  release() { /* the saboteur holds it like any other process of the box */ }

  async end() { /* the box ends it */ }
}
