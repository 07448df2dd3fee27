require('./fake-child.js').run('queue');
