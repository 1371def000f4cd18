import type { Figure } from '../evaluation/families/family.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { barChart, curveChart } from '../report/charts.js';
import { render } from '../report/render.js';
import type { ResultsDirectory } from './directory.js';
import type { Finding } from './findings.js';
import type { Picture } from './pictures.js';

/** Every chart of a run. Bands take time: they are worked out once, for plots and report. */
export function figuresOf(findings: readonly Finding[]): Figure[] {
  return findings.flatMap(({ family, found }) => family.figures?.(found) ?? []);
}

const FORMATS = ['png', 'svg'] as const;

/** Every chart as PNG and SVG in plots/; with several networks, the name says which one a chart is of. */
export function plotsOf(
  directory: ResultsDirectory,
  figures: readonly Figure[],
  networks: number,
): Picture[] {
  return figures.map((figure) => {
    const suffix = networks > 1 && 'network' in figure ? `-${fileName(figure.network)}` : '';
    const name = `plots/${figure.name}${suffix}`;
    return {
      files: FORMATS.map((format) => `${name}.${format}`),
      async write() {
        const drawing = 'bars' in figure ? barChart(figure.bars) : curveChart(figure.curves);
        for (const format of FORMATS) {
          await writeAtomic(directory.file(`${name}.${format}`), await render(drawing, format));
        }
      },
    };
  });
}
