// Prints the package's copyright file: node copyright.cjs <modules.json, as scripts/release/tree.mjs prints it>
'use strict';
const { readFileSync } = require('node:fs');

const modules = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const nameOf = (license) => license.replaceAll(' ', '-').replaceAll(/[()]/g, '');
const paragraphs = modules.map(({ name, version, license, holder }) => [
  `Files: usr/lib/pinky/*/node_modules/${name}/*`,
  `Copyright: ${holder}`,
  `License: ${nameOf(license)}`,
  `Comment: npm's ${name} ${version}.`,
].join('\n'));
const licenses = [...new Set(modules.map(({ license }) => nameOf(license)))].sort();
const texts = licenses.filter((one) => one !== 'Apache-2.0').map((one) =>
  `License: ${one}\n Its text stands in the folder of each module that has it.`);

console.log([
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Pinky',
  'Files: *\nCopyright: 2026 the authors of Pinky\nLicense: Apache-2.0',
  ...paragraphs,
  'License: Apache-2.0\n On Debian systems, its text is in /usr/share/common-licenses/Apache-2.0.',
  ...texts,
].join('\n\n'));
