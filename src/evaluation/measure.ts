import { join } from 'node:path';
import type { Dataset } from '../datasets/dataset.js';
import { kindOf } from '../datasets/kinds.js';
import type { Rectangle } from '../datasets/placement.js';
import type { Experiment } from '../experiment/config.js';
import type { ExplainerSet } from '../explain/explainer.js';
import type { ExplainRequest } from '../explain/request.js';
import { explainOutput, explainRequest } from './explained.js';
import { askedOf } from './families/asked.js';
import { round } from './families/measures.js';
import { familiesOf } from './families/of-experiment.js';
import { keepHeatmaps } from './heatmaps.js';
import type { NetworkInstruments } from './instruments.js';
import { recordClass } from './records.js';
import { bestOutput, isRight, probabilityOf, probabilityOfOthers, type Scorer } from './scorer.js';
import { type SeenImage, type Target, targetsOf } from './targets.js';
import type { Done, ExplanationRecord, NotDone } from './unit.js';

/** What an image is measured with. */
export interface Setting {
  readonly experiment: Experiment;
  readonly dataset: Pick<Dataset, 'type'>;
  readonly network: string;
  readonly instruments: NetworkInstruments;
  /** Whether the experiment compares several networks. */
  readonly several: boolean;
  readonly meanInput: Float32Array | undefined;
  /** Folder for heatmaps. */
  readonly heatmaps: string;
}

/**
 * Computes everything that the experiment asks of one image.
 *
 * @param also what is done for this image among others
 * @throws InputError for what is wrong with the image
 */
export async function measureImage(
  image: SeenImage,
  setting: Setting,
  also: ReadonlySet<string>,
): Promise<Done | NotDone> {
  const { sample, prepared, layout, scorer, logits } = image;
  const { experiment, instruments, several, meanInput, network } = setting;
  const families = familiesOf(experiment);
  const { targets, unmeasured } = await targetsOf(image, experiment);
  if (targets.length === 0) {
    const reasons = unmeasured.map((one) => `${one.class}: ${one.reason}`);
    return { status: 'skipped', reason: reasons.join('; ') || 'no annotated class' };
  }
  const requests = targets.map(({ output }) => explainRequest(scorer, sample.id, prepared, logits, output));
  const balances = also.has('conservation') ? await instruments.checkConservation(requests) : undefined;
  // The class that the report shows: where a score is followed, that one.
  const shown = targets.find(({ followed }) => followed && experiment.perturbation) ?? targets[0];
  const explanations: ExplanationRecord[] = [];
  const parts: Record<string, unknown> = {};
  for (const [i, target] of targets.entries()) {
    const { output } = target;
    const request = requests[i] as ExplainRequest;
    const maps = await explainOutput(instruments.explainers, request, logits, layout);
    if (maps.length === 0) continue;
    const score = (own: Float32Array) => scorer.scores(own)(output);
    const right = (own: Float32Array) => isRight(scorer, sample.labels, own);
    const explained = {
      target,
      first: i === 0,
      score: round(score(logits)),
      maps,
      seen: {
        request,
        prepared,
        maps,
        score,
        probability: (own: Float32Array) => probabilityOf(own, output),
        others: (own: Float32Array) => probabilityOfOthers(own, output),
        isBest: (own: Float32Array) => bestOutput(scorer, own) === output,
        isRight: right,
        meanInput,
        several,
        instruments,
        asked: askedOf(experiment),
      },
      conservation: (method: string) => balances?.get(method)?.[i],
    };
    const records = await recordClass(explained, families, also);
    explanations.push(...records.explanations);
    Object.assign(parts, records.image);
    if (also.has('heatmaps')) {
      const kept = { sample, prepared, layout, network, several };
      const named = { name: output.name, alone: targets.length === 1, compared: target === shown };
      await keepHeatmaps(setting.heatmaps, kept, named, maps);
    }
  }
  const unexplained = unexplainedBy(instruments.explainers, explanations, sample);
  if (explanations.length === 0) {
    return {
      status: 'failed',
      reason: unexplained.map(({ method, reason }) => `${method}: ${reason}`).join('; '),
    };
  }
  const annotated = families.some(({ family }) => typeof family.classes === 'object');
  return {
    status: 'done',
    labels: scorer.decides ? namesOf(sample.labels, scorer) : [],
    ...(sample.difficult && { difficult: namesOf(sample.difficult, scorer) }),
    top: topOf(scorer, logits),
    ...(scorer.decides &&
      kindOf(setting.dataset.type).severalClasses && { classScores: scoresOf(scorer, logits) }),
    explanations,
    ...parts,
    ...(also.has('heatmaps') && annotated && { boxes: boxesByClass(targets) }),
    unmeasured,
    ...(unexplained.length > 0 && { unexplained }),
  };
}

/** The methods that explained no class: heatmaps that come from files may be missing. */
function unexplainedBy(
  { methods }: ExplainerSet,
  explanations: readonly ExplanationRecord[],
  { id }: SeenImage['sample'],
) {
  const explained = new Set(explanations.map(({ method }) => method));
  return methods
    .filter((method) => !explained.has(method.id))
    .map((method) => ({
      method: method.id,
      reason: `no heatmap, ${join(method.folder ?? '', `${id}.npy`)}`,
    }));
}

/** The names of the outputs that stand for classes of the data set. */
function namesOf(labels: readonly number[], scorer: Scorer): string[] {
  return labels.flatMap((label) => scorer.ofClass(label)?.name ?? []);
}

const BEST = 5;

function topOf({ outputs, scores }: Scorer, logits: Float32Array): Done['top'] {
  const score = scores(logits);
  return outputs
    .map((output) => ({ label: output.name, score: round(score(output)) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
}

function scoresOf({ outputs, scores }: Scorer, logits: Float32Array): Record<string, number> {
  const score = scores(logits);
  return Object.fromEntries(outputs.map((output) => [output.name, round(score(output))]));
}

function boxesByClass(targets: readonly Target[]): Record<string, Rectangle[]> {
  const corners = ({ left, top, right, bottom }: Rectangle): Rectangle => ({ left, top, right, bottom });
  const placed = targets.flatMap(({ output, areas }) => {
    const [area] = areas.values();
    return area ? [[output.name, area.boxes.map(corners)] as const] : [];
  });
  return Object.fromEntries(placed);
}
