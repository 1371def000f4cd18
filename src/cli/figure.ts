import { join, resolve } from 'node:path';
import { mismatch } from '../errors.js';
import { writeAtomic } from '../files/atomic.js';
import { chosenNames } from '../names.js';
import { paperFigures } from '../papers/figures.js';
import { printed } from '../report/drawing.js';
import { FORMATS, type Format, render } from '../report/render.js';
import { readFinished } from '../results/finished.js';
import type { OptionsOf } from './command.js';
import type { figureCommand } from './options/figure.js';
import { print } from './output.js';

export async function figure(options: OptionsOf<typeof figureCommand>): Promise<void> {
  const { runDir, figures, methods, title, bands, out } = options;
  const formats = chosenNames('--format', options.format, FORMATS) as Format[];
  const size = printed(pointsOf(options.width));
  const run = await readFinished(resolve(runDir));
  for (const { name, drawing } of paperFigures(run, { figures, methods, bands, size, titled: title })) {
    for (const format of formats) {
      const file = join(out, `${name}.${format}`);
      await writeAtomic(resolve(file), await render(drawing, format));
      print(`${file}\n`);
    }
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
