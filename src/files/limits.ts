import { mismatch } from '../errors.js';

/** The most that a file which a user hands in may hold or ask for. */
interface Limit {
  readonly what: string;
  readonly most: number;
  readonly unit: string;
}

const MB = 2 ** 20;

/**
 * Every limit on what users hand in, far beyond anything real: it keeps a small file from taking all memory or hours.
 * `npm run docs` writes them into docs/limits.md.
 */
export const LIMITS = {
  networkFile: { what: 'size of a network file (.onnx, .caffemodel)', most: 2048 * MB, unit: 'bytes' },
  externalData: { what: 'size of a file of external weights', most: 8192 * MB, unit: 'bytes' },
  prototxt: { what: 'size of a prototxt or model.json', most: 4 * MB, unit: 'bytes' },
  yaml: { what: 'size of a config, descriptor or class map', most: MB, unit: 'bytes' },
  labels: { what: 'size of a file of class names', most: 4 * MB, unit: 'bytes' },
  list: { what: 'size of a list of images or labels', most: 64 * MB, unit: 'bytes' },
  documents: { what: 'size of a file of documents (.jsonl)', most: 256 * MB, unit: 'bytes' },
  tokenizer: { what: 'size of a tokenizer.json', most: 64 * MB, unit: 'bytes' },
  annotation: { what: 'size of an annotation', most: MB, unit: 'bytes' },
  image: { what: 'size of an image file', most: 256 * MB, unit: 'bytes' },
  array: { what: 'size of a .npy file', most: 1024 * MB, unit: 'bytes' },
  recording: { what: 'size of a recording (.edf, .bdf)', most: 1024 * MB, unit: 'bytes' },
  record: { what: 'size of run.json or selection.json', most: 64 * MB, unit: 'bytes' },
  baseline: { what: 'size of a baseline', most: 256 * MB, unit: 'bytes' },
  timings: { what: 'size of timings.csv', most: 64 * MB, unit: 'bytes' },
  journalLine: { what: 'length of a line of a journal', most: 128 * MB, unit: 'bytes' },

  messages: { what: 'entries of a network file', most: 2 ** 20, unit: 'nodes, attributes, names and sizes' },
  messageDepth: { what: 'nesting of a network file', most: 64, unit: 'messages' },
  textEntries: { what: 'entries of a prototxt', most: 2 ** 20, unit: 'names, values and braces' },
  textDepth: { what: 'nesting of a prototxt', most: 32, unit: 'messages' },
  jsonDepth: { what: 'nesting of a model.json', most: 128, unit: 'levels' },
  valueDepth: { what: 'nesting of YAML or JSON', most: 64, unit: 'levels' },
  xmlDepth: { what: 'nesting of an annotation', most: 16, unit: 'elements' },

  name: { what: 'length of a name in a network', most: 1024, unit: 'bytes' },
  vocabulary: { what: 'words of a vocabulary', most: 2 ** 21, unit: 'words' },
  operators: { what: 'operators that a network becomes', most: 2 ** 17, unit: 'operators' },
  axes: { what: 'rank of a value or tensor', most: 8, unit: 'axes' },
  weights: { what: 'weights of a network', most: 2048 * MB, unit: 'bytes' },
  generated: { what: 'generated numbers', most: 768 * MB, unit: 'bytes' },
  value: { what: 'size of a value', most: 2 ** 27, unit: 'numbers a sample' },
  arrayAxes: { what: 'rank of a .npy array', most: 32, unit: 'axes' },
  pixels: { what: 'size of an image', most: 100_000_000, unit: 'pixels' },
  resizedPixels: { what: 'size of an image once it is resized', most: 2 ** 24, unit: 'pixels' },
  draws: { what: 'images drawn anew for intervals', most: 2 ** 28, unit: 'resamples x images' },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;

/** @throws InputError when something (`where`) is beyond a limit, or no number that could be within. */
export function checkLimit(name: LimitName, got: number, where: string): void {
  const { what, most, unit }: Limit = LIMITS[name];
  if (got <= most) return;
  throw mismatch({ what, where, expected: `at most ${most} ${unit}`, got: String(got) });
}
