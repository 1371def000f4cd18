import type { Figure } from '../evaluation/families/family.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { barChart, curveChart } from '../report/charts.js';
import { render } from '../report/render.js';
import type { ResultsDirectory } from './directory.js';
import type { Finding } from './findings.js';

/** Every chart of a run. Bands take time: they are worked out once, for plots and report. */
export function figuresOf(findings: readonly Finding[]): Figure[] {
  return findings.flatMap(({ family, found }) => family.figures?.(found) ?? []);
}

/** Draws every chart as PNG and SVG in plots/; with several networks, the name says which one a chart is of. */
export async function drawFigures(
  directory: ResultsDirectory,
  figures: readonly Figure[],
  networks: number,
): Promise<void> {
  for (const figure of figures) {
    const drawing = 'bars' in figure ? barChart(figure.bars) : curveChart(figure.curves);
    const suffix = networks > 1 && 'network' in figure ? `-${fileName(figure.network)}` : '';
    for (const format of ['png', 'svg'] as const) {
      await writeAtomic(
        `${directory.plots}/${figure.name}${suffix}.${format}`,
        await render(drawing, format),
      );
    }
  }
}
