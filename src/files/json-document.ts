import { messageOf, mismatch } from '../errors.js';
import { checkLimit } from './limits.js';

/**
 * The value of a JSON document, which may be hostile.
 * @param what the kind of file, in messages; `where` names the file
 * @throws InputError when it is no JSON, or so deeply nested that reading it would not end well
 */
export function parseJson(text: string, what: string, where: string): unknown {
  checkDepth(text, where);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw mismatch({ what, where, expected: 'JSON', got: messageOf(error) });
  }
}

const [QUOTE, ESCAPE, OPEN, CLOSE] = ['"', '\\', '[{', ']}'];

function checkDepth(text: string, where: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (quoted && character === ESCAPE) i++;
    else if (character === QUOTE) quoted = !quoted;
    else if (!quoted && OPEN.includes(character)) checkLimit('valueDepth', ++depth, where);
    else if (!quoted && CLOSE.includes(character)) depth--;
  }
}
