import { join, resolve } from 'node:path';
import { mismatch } from '../errors.js';
import { writeAtomic } from '../files/atomic.js';
import { figures as figuresOf } from '../library/papers.js';
import { chosenNames } from '../names.js';
import { FORMATS, type Format } from '../report/formats.js';
import type { OptionsOf } from './command.js';
import type { figureCommand } from './options/figure.js';
import { print } from './output.js';

export async function figure(options: OptionsOf<typeof figureCommand>): Promise<void> {
  const { runDir, out } = options;
  const formats = chosenNames('--format', options.format, FORMATS) as Format[];
  const width = pointsOf(options.width);
  for await (const { name, bytes } of figuresOf(runDir, { ...options, formats, width })) {
    const file = join(out, name);
    await writeAtomic(resolve(file), bytes);
    print(`${file}\n`);
  }
}

const POINTS = { cm: 72 / 2.54, mm: 72 / 25.4, in: 72, pt: 1 };

/** Narrower, letters would leave no room; wider than any page. */
const [LEAST, MOST] = [85, 3400];

function pointsOf(width: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(cm|mm|in|pt)$/.exec(width) ?? [];
  const points = Number(number) * POINTS[unit as keyof typeof POINTS];
  if (points >= LEAST && points <= MOST) return points;
  throw mismatch({
    what: '--width',
    where: 'figure',
    expected: '3cm to 119cm, in cm, mm, in or pt',
    got: `'${width}'`,
  });
}
