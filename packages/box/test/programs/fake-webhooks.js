require('./fake-child.js').run('webhooks');
