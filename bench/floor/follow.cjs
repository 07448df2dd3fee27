'use strict';
// The least that it takes to follow a file: a watch while it rests, and a read every `restMs` while it grows.
const fs = require('node:fs');

const buffer = Buffer.allocUnsafeSlow(64 * 1024);

exports.follow = function follow(path, { restMs }, onText) {
  const fd = fs.openSync(path, 'a+');
  let offset = 0;
  const look = () => {
    let grew = false;
    for (;;) {
      const bytes = fs.readSync(fd, buffer, 0, buffer.length, offset);
      if (bytes === 0) break;
      grew = true;
      offset += bytes;
      onText(buffer.latin1Slice(0, bytes));
    }
    if (grew) setTimeout(look, restMs);
    else watch();
  };
  const watch = () => {
    const watcher = fs.watch(path, () => {
      watcher.close();
      look();
    });
    if (fs.fstatSync(fd).size > offset) { // it grew between the last read and the watch
      watcher.close();
      look();
    }
  };
  look();
};
