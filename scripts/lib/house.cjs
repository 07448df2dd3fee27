// The picture of the packages in docs/architecture.md, drawn from the manifests and the folders of the source.
'use strict';
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** The house as a mermaid flowchart: a box for each package with its rooms, and arrows for what it uses. */
function houseDiagram(root) {
  const packages = new Map(readdirSync(join(root, 'packages')).map((name) => [name, packageAt(root, name)]));
  const floor = (name) => Math.max(-1, ...packages.get(name).below.map(floor)) + 1;
  const reaches = (from, to) => from.below.some((name) => name === to || reaches(packages.get(name), to));
  const names = [...packages.keys()].sort((a, b) => floor(b) - floor(a) || a.localeCompare(b));
  const boxes = names.map((name) => `  ${name}["<b>${name}</b><br>${lines(packages.get(name).rooms).join('<br>')}"]`);
  const arrows = names.flatMap((name) => {
    const { below } = packages.get(name);
    const isDirect = (one) => !below.some((other) => other !== one && reaches(packages.get(other), one));
    return below.filter(isDirect).map((one) => `  ${name} --> ${one}`);
  });
  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows, '```'].join('\n');
}

function packageAt(root, name) {
  const dir = join(root, 'packages', name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const below = Object.keys(dependencies).flatMap((one) => (one.startsWith('@pinky/') ? [one.slice(7)] : []));
  const rooms = readdirSync(join(dir, 'src'), { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? [one.name] : [],
  );
  return { below: below.sort(), rooms: rooms.sort() };
}

/** Words in lines of some 36 letters, with a middle dot between two of them. */
function lines(words) {
  const texts = [''];
  for (const word of words) {
    const last = texts.at(-1);
    if (last !== '' && last.length + word.length > 33) texts.push(word);
    else texts[texts.length - 1] = last === '' ? word : `${last} · ${word}`;
  }
  return texts;
}

module.exports = { houseDiagram };
