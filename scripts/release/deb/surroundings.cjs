// Writes the files of the package that the system reads: node surroundings.cjs <root of the clone> <tree> <version>
'use strict';
const { execFileSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [root, tree, version] = process.argv.slice(2);
const dist = join(root, 'packages/cli/dist');
const { unitFile } = require(join(dist, 'systemd/unit-file.js'));
const { environmentFile } = require(join(dist, 'systemd/environment-file.js'));
const { manPage } = require(join(dist, 'index.js'));
const current = '/usr/lib/pinky/current';

const unit = unitFile({
  unit: 'pinky',
  node: '/usr/bin/node',
  pinky: `${current}/node_modules/@pinky/cli/bin/pinky`,
  supervisor: `${current}/node_modules/@pinky/box/dist/program/main.js`,
  home: '/var/lib/pinky',
  configFile: undefined,
  environmentFile: '/etc/default/pinky',
  user: 'pinky',
});
// Without its first lines: by these, `pinky upgrade` knows a unit that it may rewrite. This one is dpkg's.
const [, , ...lines] = unit.split('\n');
const head = '# Part of the Debian package pinky. Put your own settings into `systemctl edit pinky`.';
writeFileSync(join(tree, 'usr/lib/systemd/system/pinky.service'), [head, ...lines].join('\n'));
writeFileSync(join(tree, 'etc/default/pinky'), environmentFile());

// The command has another name here.
const page = manPage(version)
  .replace('.TH PINKY 1', '.TH PINKYCTL 1')
  .replace('\npinky \\-', '\npinkyctl \\-')
  .replace('.B pinky\n', '.B pinkyctl\n');
writeFileSync(join(tree, 'usr/share/man/man1/pinkyctl.1'), page);
const completion = execFileSync(process.execPath, [join(root, 'packages/cli/bin/pinky'), 'completion', 'bash']);
writeFileSync(join(tree, 'usr/share/bash-completion/completions/pinkyctl'), completion);
