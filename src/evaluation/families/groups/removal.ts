import { z } from 'zod';
import { createFill } from '../../../perturbation/fills.js';
import type { Trajectory } from '../../../perturbation/trajectory.js';
import { randomStream } from '../../../random.js';
import type { ExplainedClass } from '../explained-class.js';
import { round } from '../measures.js';
import type { PerturbationConfig } from '../perturbation/config.js';
import { perturbed } from '../perturbation/index.js';
import { fillContext } from '../perturbation/perturb.js';
import type { GroupRows } from './channels.js';

/** A channel from the first to the last moment. */
const CHANNEL: PerturbationConfig['region'] = [1, 'all'];

const outcome = z.looseObject({
  /** Score of the explained class. */
  score: z.number(),
  /** Whether the network is right; absent where the sample has no label. */
  right: z.boolean().optional(),
});

/** What became of a sample without channels. */
export const removalSchema = z.looseObject({
  whole: outcome,
  /** By group, in the order of the config. */
  groups: z.array(
    z.looseObject({
      without: outcome,
      /** Without as many of the other channels, drawn at random; none where there are not as many. */
      random: z.array(outcome),
    }),
  ),
});
export type Removal = z.output<typeof removalSchema>;

/**
 * Replaces all channels of a group at once by the fill of the perturbation, and as many of the other channels, drawn at
 * random, for comparison: any damage costs something.
 */
export async function removeGroups(
  explained: ExplainedClass,
  config: PerturbationConfig,
  groups: readonly GroupRows[],
): Promise<Removal> {
  const { perturber, image } = perturbed(explained, { ...config, region: CHANNEL });
  const context = fillContext(image);
  const sets = groups.map(({ name, rows }) => ({
    own: rows,
    random: randomSets(image.units.count, rows, config, [image.imageId, name]),
  }));
  const trajectories = sets.flatMap(({ own, random }) => [own, ...random].map(atOnce));
  const logits = await perturber.logits(
    context.input,
    trajectories,
    createFill(config.fill, context),
    explained.request.given,
  );
  const outcomes = logits.map((states) => {
    const classes = states.length / 2;
    return [states.subarray(0, classes), states.subarray(classes)].map((own) => outcomeOf(own, explained));
  });
  let next = 0;
  const take = () => outcomes[next++]?.[1] as Removal['whole'];
  return {
    whole: outcomes[0]?.[0] as Removal['whole'],
    groups: sets.map(({ random }) => ({ without: take(), random: random.map(take) })),
  };
}

/** `randomOrders` sets of as many of the other channels. */
function randomSets(
  channels: number,
  rows: readonly number[],
  { seed, randomOrders }: PerturbationConfig,
  key: readonly [string, string],
): number[][] {
  const others = Array.from({ length: channels }, (_, row) => row).filter((row) => !rows.includes(row));
  if (others.length < rows.length) return [];
  return Array.from({ length: randomOrders }, (_, draw) => {
    const order = randomStream(seed, 'group', ...key, draw).permutation(others.length);
    return Array.from(order.subarray(0, rows.length), (i) => others[i] as number);
  });
}

function atOnce(rows: readonly number[]): Trajectory {
  return { order: Int32Array.from(rows), repeat: 0, regionsPerStep: rows.length };
}

function outcomeOf(logits: Float32Array, { score, isRight }: ExplainedClass): Removal['whole'] {
  const right = isRight(logits);
  return { score: round(score(logits), 'score without a group'), ...(right !== undefined && { right }) };
}
