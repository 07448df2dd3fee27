import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const pages = files.filter((file) => file.endsWith('.md'));
const programs = files.filter((file) => /\.(?:ts|mjs|cjs|js)$/.test(file));

/** Beginnings that make a reader turn the sentence round; a question may begin with who or what. */
const fronted = /^(?:Of|That of|Whoever|Who|Whatever|What)\b[^?]*$/;

describe('the English', () => {
  it.each(pages)('of %s begins no sentence with a fronted word', (page) => {
    expect(frontedIn(proseOf(textOf(page)))).toEqual([]);
  });

  it('of the comments begins no sentence with a fronted word', () => {
    const found = programs.flatMap((file) => frontedIn(commentsOf(textOf(file))).map((one) => ({ file, one })));
    expect(found).toEqual([]);
  });

  it('is read out of comments as it stands there', () => {
    const program = ["const a = 'http://x'; // one. Two", '// three', '', '  /**', '   * Four', '   * five.', '   */'];
    expect(sentencesOf(commentsOf(program.join('\n')))).toEqual(['one.', 'Two three', 'Four five.']);
  });

  it('is found fault with in all forms, but for a question', () => {
    const said = ['Of it none is left.', 'What it does.', 'Who asks?', 'It says what it does.', '- **Whoever** asks.'];
    expect(frontedIn(proseOf(said.join('\n\n')))).toEqual(['Of it none is left.', 'What it does.', 'Whoever asks.']);
  });
});

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

const frontedIn = (text: string): string[] => sentencesOf(text).filter((one) => fronted.test(one));

/** A page without code and measured figures. Tables that are printed from a program's strings are read too. */
function proseOf(page: string): string {
  return page
    .replaceAll(/<!-- measured[^]*?<!-- end of .*?-->/g, '')
    .replaceAll(/```[^]*?```/g, '')
    .replaceAll(/^\s*(?:[-*#]+|\d+\.)\s+/gm, '\n\n')
    .replaceAll('|', '\n\n')
    .replaceAll(/[*_]/g, '');
}

/** The comments of a program, an empty line between any two. Lines with `//` below each other are one comment. */
function commentsOf(program: string): string {
  let isBlock = false;
  const lines = program.split('\n').map((line) => {
    if (isBlock || /^\s*\/\*/.test(line)) {
      const isWhole = line.includes('*/');
      const text = line.replace(/^\s*(?:\/\*+|\*(?!\/))?/, '').replace(/\*\/.*$/, '').trim();
      isBlock = !isWhole;
      return isWhole ? `${text}\n` : text;
    }
    return /(?:^|\s)\/\/\s(.*)$/.exec(line)?.[1]?.trim() ?? '';
  });
  return lines.join('\n');
}

/** Sentences end with a mark and a space, or with their paragraph. */
function sentencesOf(text: string): string[] {
  return text
    .split(/\n\s*\n|(?<=[.!?:])\s+/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
}
