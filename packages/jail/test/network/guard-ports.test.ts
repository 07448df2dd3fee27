import { spawnSync } from 'node:child_process';
import { guardRules } from '../../src/index.js';

const guard = {
  table: 'pinky_test',
  users: [{ first: 70_000, count: 10 }, { first: 5, count: 1 }],
  ports: [{ port: 7465 }, { port: 6379, host: '10.0.0.5' }, { port: 6380, host: 'redis.example' }],
};
/** A network of its own, in which nothing of the machine changes. */
const inOwnNetwork = (script: string, input = '') =>
  spawnSync('unshare', ['--net', '/bin/sh', '-c', script], { input, encoding: 'utf8', timeout: 60_000 });
const hasNft = inOwnNetwork('nft list ruleset').status === 0;

describe('the rules that keep games from ports', () => {
  it('name the users and the machine of each port, and replace those of before', () => {
    const rules = guardRules(guard).split('\n').map((line) => line.trim());
    expect(rules.slice(0, 2)).toEqual(['table inet pinky_test', 'delete table inet pinky_test']);
    expect(rules.filter((line) => line.startsWith('meta'))).toEqual([
      'meta skuid { 70000-70009, 5 } fib daddr type local tcp dport 7465 reject with tcp reset',
      'meta skuid { 70000-70009, 5 } ip daddr 10.0.0.5 tcp dport 6379 reject with tcp reset',
      'meta skuid { 70000-70009, 5 } tcp dport 6380 reject with tcp reset',
    ]);
  });

  (hasNft ? it : it.skip)('refuse a game the port, and nobody else', () => {
    const connect = 'require("net").connect(7465, "127.0.0.1").on("connect", () => process.exit(0))' +
      '.on("error", () => process.exit(7))';
    const listen = 'require("net").createServer().listen(7465, "127.0.0.1", () => console.log("listening"))';
    const script = `
      cat >/dev/shm/pinky-rules.$$; ip link set lo up || exit 1
      node -e '${listen}' >/dev/shm/pinky-listens.$$ & server=$!
      until grep -q listening /dev/shm/pinky-listens.$$; do sleep 0.05; done
      nft -f /dev/shm/pinky-rules.$$ && nft -f /dev/shm/pinky-rules.$$ || exit 1
      for uid in 70003 5 60000; do setpriv --reuid=$uid --clear-groups node -e '${connect}'; echo "$uid $?"; done
      kill $server; rm -f /dev/shm/pinky-rules.$$ /dev/shm/pinky-listens.$$`;
    const rules = guardRules({ ...guard, ports: [{ port: 7465 }] });
    expect(inOwnNetwork(script, rules).stdout.trim().split('\n')).toEqual(['70003 7', '5 7', '60000 0']);
  });
});
