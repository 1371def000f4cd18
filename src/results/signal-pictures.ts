import { heatmapFolder, heatmapStem, imageStem } from '../evaluation/heatmaps.js';
import type { DoneUnit, UnitResult } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';
import { resolveMethod } from '../explain/methods.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { channelRows, type InputLayout } from '../input/layout.js';
import { type ClassMaps, classPicture } from '../report/signals/classes.js';
import type { ResultsDirectory } from './directory.js';
import { readKeptMap } from './kept.js';
import { keptUnits } from './kept-units.js';
import type { Picture } from './pictures.js';

/** The most classes that a picture shows: those of most samples. */
const CLASSES = 8;

/**
 * Of a run on signals, mean relevance by class, a picture a network, over the samples whose heatmaps were kept; none of
 * other runs.
 */
export async function classPictures(
  directory: ResultsDirectory,
  record: RunRecord,
  units: AsyncIterable<UnitResult>,
): Promise<Picture[]> {
  if (!record.signals || record.experiment.heatmaps === 0) return [];
  const { kept } = await keptUnits(record, units);
  return [...kept].map(([network, own]) => {
    const file = classFile(record, network);
    return {
      files: [file],
      write: async () => writeAtomic(directory.file(file), await drawn(directory, record, network, own)),
    };
  });
}

/** Where the picture of a network's classes lies in the results. */
export function classFile({ experiment }: RunRecord, network: string): string {
  const several = experiment.networks.length > 1;
  return `plots/relevance-by-class${several ? `-${fileName(network)}` : ''}.png`;
}

/** How a network of the run read its signals. */
function layoutIn({ definition, signals }: RunRecord, network: string): InputLayout {
  const networks = definition.networks as readonly { name: string; inputShape: number[] }[];
  return channelRows(networks.find(({ name }) => name === network)?.inputShape ?? [], signals);
}

async function drawn(
  directory: ResultsDirectory,
  record: RunRecord,
  network: string,
  units: readonly DoneUnit[],
): Promise<Buffer> {
  const { methods, networks } = record.experiment;
  const layout = layoutIn(record, network);
  const byClass = new Map<string, DoneUnit[]>();
  for (const unit of units) {
    const name = unit.explanations[0]?.class ?? '';
    byClass.set(name, [...(byClass.get(name) ?? []), unit]);
  }
  const sorted = [...byClass].sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  const left = sorted.length - CLASSES;
  return classPicture({
    title: `Mean relevance by explained class${left > 0 ? `, the ${CLASSES} of most samples; ${left} not shown` : ''}`,
    signal: layout.signal ?? { names: [] },
    columns: methods,
    classes: sorted.slice(0, CLASSES).map(
      ([name, own]): ClassMaps => ({
        name,
        samples: own.length,
        maps: methods.map((method) => {
          const folder = heatmapFolder(directory.heatmaps, network, networks.length > 1);
          const files = own.map(({ image }) => `${heatmapStem(folder, imageStem(image), method)}.npy`);
          const values = meanOf(files, layout);
          const { signed } = resolveMethod(method, record.experiment.composites);
          return values && { values, rows: layout.rows, columns: layout.columns, signed };
        }),
      }),
    ),
  });
}

/** The mean of the heatmaps that there are. */
function meanOf(files: readonly string[], layout: InputLayout): Float32Array | undefined {
  const sum = new Float64Array(layout.places);
  let count = 0;
  for (const file of files) {
    const values = readKeptMap(file, layout);
    if (!values) continue;
    count++;
    for (const [i, value] of values.entries()) sum[i] = (sum[i] as number) + value;
  }
  return count === 0 ? undefined : Float32Array.from(sum, (value) => value / count);
}
