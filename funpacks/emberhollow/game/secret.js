'use strict';
const { randomBytes, scryptSync, timingSafeEqual } = require('node:crypto');

const keyBytes = 32;

/** Light enough for a game's loop (about 15 ms), and heavy enough for a world file that fell into wrong hands. */
const cost = { N: 4096, r: 8, p: 1 };

function secretOf(password) {
  const salt = randomBytes(16).toString('hex');
  return { salt, hash: scryptSync(password, salt, keyBytes, cost).toString('hex') };
}

function isRightSecret(password, { salt, hash }) {
  return timingSafeEqual(scryptSync(password, salt, keyBytes, cost), Buffer.from(hash, 'hex'));
}

module.exports = { isRightSecret, secretOf };
