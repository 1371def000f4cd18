import { IMAGE_GRID } from '../datasets/image-coordinates.js';
import { kindOf } from '../datasets/kinds.js';
import type { Preprocessing } from '../datasets/preprocessing.js';
import type { PerturbationConfig } from '../evaluation/families/perturbation/config.js';
import { RANDOM, replacedUnits } from '../evaluation/families/perturbation/perturb.js';
import { heatmapFolder, heatmapStem, imageStem } from '../evaluation/heatmaps.js';
import type { DoneUnit, ExplanationRecord, UnitResult } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import { resolveMethod } from '../explain/methods.js';
import { divisionOf } from '../input/kinds.js';
import { type InputLayout, layoutOf } from '../input/layout.js';
import type { Units } from '../input/units.js';
import { aopc, meanCurve } from '../metrics/aopc.js';
import type { DisplayedFill, Gallery, GalleryImage, GalleryResult, Replay } from '../report/html/data.js';
import type { Pixels } from '../report/types.js';
import type { ResultsDirectory } from './directory.js';
import { readKeptMap, readKeptPicture } from './kept.js';
import { keptUnits } from './kept-units.js';
import { scoreName } from './score-names.js';

/**
 * The images of a run whose heatmaps were kept. With one network each plays its perturbation; with several, heatmaps are
 * shown in image coordinates side by side.
 */
export async function galleryOf(
  directory: ResultsDirectory,
  record: RunRecord,
  units: AsyncIterable<UnitResult>,
): Promise<Gallery | undefined> {
  const layout = shownLayout(record);
  if (layout.kind !== 'image') return undefined;
  const { experiment } = record;
  // Signals and texts have pictures of their own.
  if (kindOf(experiment.dataset.type).layout) return undefined;
  const byImage = new Map<string, DoneUnit[]>();
  const { kept, measured } = await keptUnits(record, units);
  for (const unit of [...kept.values()].flat())
    byImage.set(unit.image, [...(byImage.get(unit.image) ?? []), unit]);
  if (byImage.size === 0) return undefined;
  const played = playedPerturbation(experiment, layout);
  const shown = { directory, experiment, layout, played };
  return {
    measured,
    score: scoreWords(record),
    width: layout.columns,
    height: layout.rows,
    ...(played && { units: played.units }),
    fill: displayedFill(experiment),
    images: [...byImage.values()].map((own) => () => galleryImage(shown, own)),
  };
}

/** "logit of the explained class"; of networks of one output, what that is called. */
function scoreWords(record: RunRecord): string {
  const { networks, perturbation } = record.experiment;
  const names = networks.map(({ name }) => {
    const score = scoreName(record, name);
    return score === (perturbation?.output ?? 'logit')
      ? `${score} of the explained class`
      : `only output (${score})`;
  });
  return [...new Set(names)].join(' and ');
}

/** The layout of what is shown: of the only network's input, as the run recorded it, or of whole images. */
function shownLayout({ definition, experiment }: RunRecord): InputLayout {
  if (experiment.networks.length > 1) return layoutOf([3, IMAGE_GRID, IMAGE_GRID]);
  const [{ inputShape, patches }] = definition.networks as [
    Pick<InputLayout, 'patches'> & { inputShape: number[] },
  ];
  return layoutOf(inputShape, patches);
}

/** The perturbation that is played, with what it replaces: of one network, unit by unit. */
function playedPerturbation({ networks, perturbation }: Experiment, layout: InputLayout): Played | undefined {
  if (!perturbation || perturbation.regionsPerStep > 1 || networks.length > 1) return undefined;
  const { ofImage, units } = divisionOf(perturbation.region);
  // Units of single images come from files that need not be there any more.
  return ofImage ? undefined : { config: perturbation, units: units(layout) };
}

interface Played {
  readonly config: PerturbationConfig;
  readonly units: Units;
}

/** What all images have in common. */
interface Shown {
  readonly directory: ResultsDirectory;
  readonly experiment: Experiment;
  readonly layout: InputLayout;
  readonly played: Played | undefined;
}

async function galleryImage(shown: Shown, units: readonly DoneUnit[]): Promise<GalleryImage> {
  const { directory, experiment, layout } = shown;
  const [first] = units as [DoneUnit];
  const several = experiment.networks.length > 1;
  const explained = shownClass(first);
  const picture = several ? `${imageStem(first.image)}.image.png` : `${stemOf(first, explained)}.input.png`;
  const results = experiment.networks.flatMap(({ name }) => {
    // An image may have failed on one of several networks.
    const unit = units.find(({ network }) => network === name);
    return experiment.methods.map((method) => {
      const record = unit?.explanations.find(
        (one) => one.method === method && one.class === shownClass(unit),
      );
      return record && unit && galleryResult(shown, unit, record);
    });
  });
  const boxes = several
    ? undefined
    : Object.entries(first.boxes ?? {}).find(([name]) => name === explained)?.[1];
  return {
    id: first.image,
    label: first.labels.join(', ') || explained,
    predicted: first.top[0]?.label ?? '',
    ...(units.every((unit) => shownClass(unit) === explained) && { explained }),
    ...(boxes && { boxes }),
    subject: await readPixels(`${directory.heatmaps}/${picture}`, layout),
    results,
  };
}

/** Of several explained classes the one whose score was followed, else the first. */
export function shownClass({ explanations }: DoneUnit): string {
  return (explanations.find(({ curves }) => curves) ?? explanations[0])?.class ?? '';
}

/** What an image's files begin with: its class is part of it when several were explained. */
export function stemOf({ image, explanations }: DoneUnit, name: string): string {
  return imageStem(image, new Set(explanations.map((one) => one.class)).size > 1 ? name : undefined);
}

function galleryResult(
  { directory, experiment, layout, played }: Shown,
  unit: DoneUnit,
  { method, curves, class: name }: ExplanationRecord,
): GalleryResult {
  const several = experiment.networks.length > 1;
  const folder = heatmapFolder(directory.heatmaps, unit.network, several);
  const stem = heatmapStem(folder, several ? imageStem(unit.image) : stemOf(unit, name), method);
  const file = several ? `${stem}.image.npy` : `${stem}.npy`;
  const values = readKeptMap(file, layout);
  if (!values) return {};
  const { signed } = resolveMethod(method, experiment.composites);
  const { rows, columns } = layout;
  const orderOf = curves && played && replacedUnits({ ...played, imageId: unit.image }, { method, values });
  // Of the random baseline the first draw is played.
  const replay = (kind: 'morf' | 'lerf'): Replay | undefined => {
    const repeats = curves?.[kind];
    return orderOf && repeats && { order: orderOf(kind, 0), scores: playedScores(method, repeats) };
  };
  const [morf, lerf] = [replay('morf'), replay('lerf')];
  const area = morf && aopc(morf.scores);
  return {
    map: { values, rows, columns, signed },
    ...(area !== undefined && { aopc: area }),
    ...(morf && { morf }),
    ...(lerf && { lerf }),
  };
}

function playedScores(method: string, curves: readonly (readonly number[])[]): ArrayLike<number> {
  return method === RANDOM ? (curves[0] as readonly number[]) : (meanCurve(curves) as Float64Array);
}

async function readPixels(path: string, { rows: height, columns: width }: InputLayout): Promise<Pixels> {
  return (
    (await readKeptPicture(path)) ?? { data: new Uint8Array(width * height * 3).fill(255), width, height }
  );
}

/** How the report shows what replaced a region; where it cannot show the real thing it says so. */
function displayedFill({ perturbation, networks }: Experiment): DisplayedFill {
  const fill = perturbation?.fill ?? 'uniform';
  switch (fill) {
    case 'uniform':
      return {
        kind: 'noise',
        note: 'Replaced regions are shown with noise of the same kind, not with the very numbers that were drawn.',
      };
    case 'black':
      return { kind: 'colour', rgb: [0, 0, 0], note: 'Replaced regions are black, as they were.' };
    case 'mean':
      return meanFill(networks[0]?.preprocessing) ?? greyFill(fill);
    default:
      return greyFill(fill);
  }
}

function greyFill(fill: string): DisplayedFill {
  const note = `Replaced regions are shown in grey; what replaced them (${fill}) is not drawn here.`;
  return { kind: 'grey', note };
}

/** The colour that preprocessing subtracts; none of arrays, whose mean is their own. */
function meanFill(preprocessing: Preprocessing | undefined): DisplayedFill | undefined {
  if (!preprocessing) return undefined;
  const note = preprocessing.mean.some((value) => value !== 0)
    ? 'Replaced regions have the mean colour that preprocessing subtracts, as they had.'
    : 'Replaced regions are black, as they were: preprocessing subtracts no mean colour.';
  return { kind: 'colour', rgb: meanPixel(preprocessing), note };
}

/** The mean pixel that preprocessing subtracts, as RGB in 0..255. */
function meanPixel({ mean, scale, channels }: Preprocessing): [number, number, number] {
  const [a = 0, b = a, c = a] = mean.map((value) => Math.round(value / scale));
  return channels === 'bgr' ? [c, b, a] : [a, b, c];
}
