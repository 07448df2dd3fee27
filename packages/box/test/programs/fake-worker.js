require('./fake-child.js').run('worker');
