import { type ColouredWord, groundOf, isDark } from './words.js';

const END = '\x1b[0m';

/** Words on coloured ground, as a terminal of 24-bit colours shows them. */
export function inTerminal(words: readonly ColouredWord[]): string {
  return words
    .map((word) => {
      const ground = groundOf(word);
      const letters = isDark(ground) ? '255;255;255' : '0;0;0';
      return `${word.continues ? '' : ' '}\x1b[48;2;${ground.join(';')};38;2;${letters}m${word.text}${END}`;
    })
    .join('')
    .trimStart();
}
