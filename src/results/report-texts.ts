import { z } from 'zod';
import { documentFile, heatmapFolder, heatmapStem, imageStem } from '../evaluation/heatmaps.js';
import type { DoneUnit, UnitResult } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';
import { resolveMethod } from '../explain/methods.js';
import { parseJson } from '../files/json-document.js';
import { readUserText } from '../files/user-file.js';
import { validate } from '../files/yaml.js';
import { byToken } from '../input/document.js';
import { layoutOf } from '../input/layout.js';
import type { ExplainedText, Texts } from '../report/html/texts.js';
import type { ResultsDirectory } from './directory.js';
import { readKeptMap } from './kept.js';
import { imagesOf, keptUnits } from './kept-units.js';
import { shownClass, stemOf } from './report-gallery.js';
import { aboutUnit } from './report-signals.js';

/** What the report shows of a run on texts: those whose heatmaps were kept; nothing of other runs. */
export async function textsOf(
  directory: ResultsDirectory,
  record: RunRecord,
  units: AsyncIterable<UnitResult>,
): Promise<Texts | undefined> {
  if (record.experiment.dataset.type !== 'text') return undefined;
  const { kept, measured } = await keptUnits(record, units);
  const shown = [...kept.values()].flat();
  const samples = shown.map((unit) => () => explainedText(directory, record, unit));
  return samples.length === 0 ? undefined : { samples, measured, shown: imagesOf(shown).size };
}

const documentSchema = z
  .object({ tokens: z.array(z.string()), places: z.array(z.int()), words: z.array(z.int()) })
  .refine(({ tokens, places, words }) => places.length === tokens.length && words.length === tokens.length);

function explainedText(
  directory: ResultsDirectory,
  { experiment, definition }: RunRecord,
  unit: DoneUnit,
): ExplainedText {
  const several = experiment.networks.length > 1;
  const networks = definition.networks as readonly { name: string; inputShape: number[] }[];
  const layout = layoutOf(networks.find(({ name }) => name === unit.network)?.inputShape ?? []);
  const folder = heatmapFolder(directory.heatmaps, unit.network, several);
  const explained = shownClass(unit);
  const file = documentFile(folder, imageStem(unit.image));
  const document = validate(documentSchema, parseJson(readUserText(file, 'list'), 'document', file), file);
  return {
    title: several ? `${unit.image} · ${unit.network}` : unit.image,
    note: aboutUnit(unit, explained),
    document,
    maps: unit.explanations.flatMap(({ method, class: name }) => {
      const values =
        name === explained
          ? readKeptMap(`${heatmapStem(folder, stemOf(unit, name), method)}.npy`, layout)
          : undefined;
      if (!values) return [];
      const { signed } = resolveMethod(method, experiment.composites);
      const { rows, columns } = layout;
      return [{ method, map: byToken({ values, rows, columns, signed }, document) }];
    }),
  };
}
