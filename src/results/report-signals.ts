import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { heatmapFolder, imageStem } from '../evaluation/heatmaps.js';
import type { DoneUnit, UnitResult } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';
import { readUserFile } from '../files/user-file.js';
import type { SignalPicture, SignalPictures } from '../report/html/signals.js';
import type { ResultsDirectory } from './directory.js';
import { imagesOf, keptUnits } from './kept-units.js';
import { classFile } from './signal-pictures.js';

/** What the report shows of a run on signals: the pictures that were kept; nothing of other runs. */
export async function signalsOf(
  directory: ResultsDirectory,
  record: RunRecord,
  units: AsyncIterable<UnitResult>,
): Promise<SignalPictures | undefined> {
  if (!record.signals) return undefined;
  const { networks } = record.experiment;
  const several = networks.length > 1;
  const { kept, measured } = await keptUnits(record, units);
  const classes = networks.map(({ name }) => ({
    title: `Mean relevance by class${several ? `, ${name}` : ''}`,
    ...pictureIn(directory.file(classFile(record, name))),
  }));
  const samples = [...kept].flatMap(([network, own]) => {
    const folder = heatmapFolder(directory.heatmaps, network, several);
    return own.map((unit) => ({
      unit,
      title: several ? `${unit.image} · ${network}` : unit.image,
      note: aboutUnit(unit, unit.explanations[0]?.class ?? ''),
      ...pictureIn(join(folder, `${imageStem(unit.image)}.png`)),
    }));
  });
  const shown = samples.filter(isThere);
  return {
    classes: classes.filter(isThere),
    samples: shown,
    measured,
    shown: imagesOf(shown.map(({ unit }) => unit)).size,
  };
}

type Drawn = SignalPicture & { readonly path: string };

function pictureIn(path: string): Pick<Drawn, 'path' | 'picture'> {
  return { path, picture: async () => readUserFile(path, 'image') };
}

function isThere({ path }: Drawn): boolean {
  return existsSync(path);
}

/** The class of a sample, what was predicted, and what is explained, where that is another one. */
export function aboutUnit({ labels, top }: DoneUnit, explained: string): string {
  const predicted = top[0]?.label ?? '';
  return [
    ...(labels.length > 0 ? [labels.join(', ')] : []),
    `predicted ${predicted}`,
    ...(explained === predicted ? [] : [`explained ${explained}`]),
  ].join(' · ');
}
