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

/** What a chart's files are called, without their ending; with several networks, the name says which one it is of. */
export function figureName(figure: Figure, networks: number): string {
  const suffix = networks > 1 && figure.network !== undefined ? `-${fileName(figure.network)}` : '';
  return `${figure.name}${suffix}`;
}

const FORMATS = ['png', 'svg'] as const;

/** Every chart as PNG and SVG in plots/. */
export function plotsOf(
  directory: ResultsDirectory,
  figures: readonly Figure[],
  networks: number,
): Picture[] {
  return figures.map((figure) => {
    const name = `plots/${figureName(figure, networks)}`;
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
