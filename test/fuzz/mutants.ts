import type { Dice } from './dice.js';

/** Numbers that are the ends of something. */
const ENDS = [0, 1, 127, 128, 255];

type Change = (bytes: Buffer, dice: Dice) => Buffer;

const piece = (bytes: Buffer, dice: Dice): [number, number] => {
  const start = dice.below(bytes.length + 1);
  return [start, Math.min(bytes.length, start + 1 + dice.below(32))];
};

const CHANGES: readonly Change[] = [
  function flip(bytes, dice) {
    const copy = Buffer.from(bytes);
    for (let i = 0; i < 1 + dice.below(4); i++) copy[dice.below(copy.length)] = dice.below(256);
    return copy;
  },
  function end(bytes, dice) {
    const copy = Buffer.from(bytes);
    copy[dice.below(copy.length)] = dice.of(ENDS);
    return copy;
  },
  function cut(bytes, dice) {
    return bytes.subarray(0, dice.below(bytes.length));
  },
  function lose(bytes, dice) {
    const [start, end] = piece(bytes, dice);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  function repeat(bytes, dice) {
    const [start, end] = piece(bytes, dice);
    const again = Array(1 + dice.below(3)).fill(bytes.subarray(start, end));
    return Buffer.concat([bytes.subarray(0, end), ...again, bytes.subarray(end)]);
  },
  function move(bytes, dice) {
    const [start, end] = piece(bytes, dice);
    const at = dice.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at)]);
  },
  function grow(bytes, dice) {
    const at = dice.below(bytes.length + 1);
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.alloc(8, dice.of([0xff, 0x80, 0])),
      bytes.subarray(at),
    ]);
  },
];

/** Bytes after one or two changes. */
export function bytesMutant(bytes: Uint8Array, dice: Dice): Buffer {
  let changed = Buffer.from(bytes);
  for (let i = 0; i < 1 + dice.below(2); i++) {
    if (changed.length > 0) changed = Buffer.from(dice.of(CHANGES)(changed, dice));
  }
  return changed;
}

/** Words that mean something to one reader of texts or another. */
const WORDS = [
  ...['', '0', '-1', '1.5', '1e309', '-0', 'NaN', 'null', 'true', '9007199254740993', '4294967296', '1e-400'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '..',
    '/etc/passwd',
    '\u0000',
    '\u001b[2J',
    '\u202e',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '<',
    '>',
    '&lt;',
    '&x;',
    '*a',
    '&a',
    '!!js/function',
    '#',
    ':',
    ',',
    '\n',
    '\t',
  ],
  ...['['.repeat(300), '{'.repeat(300), '<a>'.repeat(300), 'x'.repeat(5000), '1'.repeat(400)],
];

/** A text with a word replaced, a line lost, repeated or moved, or with changed bytes. */
export function textMutant(text: string, dice: Dice): Buffer {
  if (dice.below(4) === 0) return bytesMutant(Buffer.from(text), dice);
  if (dice.below(2)) {
    const words = text.split(/(?<=[^\w.-])|(?=[^\w.-])/);
    for (let i = 0; i < 1 + dice.below(2); i++) {
      const other = dice.below(3) === 0 ? dice.of(words) : dice.of(WORDS);
      words[dice.below(words.length)] = other;
    }
    return Buffer.from(words.join(''));
  }
  const lines = text.split('\n');
  const [line] = lines.splice(dice.below(lines.length), dice.below(2));
  lines.splice(dice.below(lines.length + 1), 0, line ?? dice.of(lines) ?? '');
  return Buffer.from(lines.join('\n'));
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const VALUES: readonly Json[] = [
  ...[null, true, 0, -1, 1.5, 1e308, 2 ** 53, '', 'x', '__proto__', '\u001b[2J', [], {}, [[]]],
  ...[{ constructor: 1 }, 'y'.repeat(5000), '<script>', '=1+1', '..', [null], [1e9]],
];

/** JSON with another value in one or two places, or a key or an element gone. */
export function jsonMutant(text: string, dice: Dice): string {
  const root: Json = JSON.parse(text);
  for (let i = 0; i < 1 + dice.below(2); i++) changeOne(root, dice);
  return JSON.stringify(root);
}

function changeOne(root: Json, dice: Dice): void {
  let holder = root;
  for (;;) {
    if (holder === null || typeof holder !== 'object') return;
    const keys = Object.keys(holder);
    if (keys.length === 0) return;
    const key = dice.of(keys);
    const record = holder as { [key: string]: Json };
    const inside = record[key] as Json;
    const deeper = inside !== null && typeof inside === 'object' && Object.keys(inside).length > 0;
    if (deeper && dice.below(8) > 0) {
      holder = inside;
      continue;
    }
    if (dice.below(4) === 0) delete record[key];
    else record[key] = structuredClone(dice.of(VALUES));
    return;
  }
}
