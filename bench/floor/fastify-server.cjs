'use strict';
// Bare fastify, as the API uses it: answers bodies that it was told. Its parent sends {bodies}, and hears {port}.
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { fastify } = createRequire(join(__dirname, '..', '..', 'packages', 'api', 'package.json'))('fastify');

let bodies = {};
const app = fastify();
app.get('/v1/servers', async () => bodies.servers);
app.get('/metrics', async (_request, reply) => reply.type('text/plain').send(bodies.metrics));
app.post('/v1/servers/:id/console', async (_request, reply) => reply.code(202).send(bodies.job));

process.on('message', (message) => {
  ({ bodies } = message);
  app.listen({ host: '127.0.0.1', port: 0 }).then(() => process.send({ port: app.server.address().port }));
});
process.on('disconnect', () => process.exit(0));
