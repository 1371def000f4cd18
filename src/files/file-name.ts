import { createHash } from 'node:crypto';

/** Bytes of a name in a file name: three of them and an ending fit what file systems take. */
const LONGEST = 72;

/**
 * A user's name as (the last) part of a file name: letters, digits, `_`, `-` and `.` as they are, every other character as
 * `%` and its bytes in UTF-8; one that is too long is cut, with `~` and a hash of the whole at its end. Different names
 * give different files, none leads out of its folder, and most can be read.
 */
export function fileName(name: string): string {
  return shortened(name, escaped(name, /[^\p{L}\p{N}_.-]/gu).replace(/^\.+$/, dotsEscaped));
}

/** A user's name as a part of a file name that a dot follows: as {@link fileName}, but without dots of its own. */
export function filePart(name: string): string {
  return shortened(name, escaped(name, /[^\p{L}\p{N}_-]/gu));
}

function escaped(name: string, unsafe: RegExp): string {
  return name.replace(unsafe, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

function dotsEscaped(dots: string): string {
  return dots.replaceAll('.', '%2E');
}

function shortened(name: string, safe: string): string {
  if (Buffer.byteLength(safe) <= LONGEST) return safe;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const room = LONGEST - hash.length - 1;
  let start = '';
  for (const character of safe) {
    if (Buffer.byteLength(start + character) > room) break;
    start += character;
  }
  return `${start}~${hash}`;
}
