'use strict';

/**
 * Control characters, line separators, and marks that turn the direction of writing. None may reach a terminal or the
 * console.
 */
const unwanted = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/g;

/** The longest message or sign, in characters. */
const longestText = 300;

/** A player's text as one harmless line, cleaned and cut. */
const cleaned = (text) => Array.from(String(text).replace(unwanted, '')).slice(0, longestText).join('').trim();

const namePattern = /^[A-Za-z][A-Za-z0-9_-]{1,15}$/;

/** Whether a player may have this name. Names are single words, so that orders need no quotes. */
const isName = (name) => namePattern.test(name) && name.toLowerCase() !== 'server';

/** Names that differ only in case mean the same player. */
const keyOf = (name) => name.toLowerCase();

/** "3 wood, 1 rope", or `nothing`. */
function counted(bag) {
  const parts = Object.entries(bag).filter(([, n]) => n > 0).map(([thing, n]) => `${n} ${thing}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

const listed = (words) => words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

module.exports = { cleaned, counted, isName, keyOf, listed, longestText };
