import { finite, type Numbers } from './metric.js';
import { relevancePart } from './relevance.js';
import { sum } from './statistics.js';

/**
 * The share of every channel in all positive relevance: sum_t R+(c, t) / sum_c,t R+(c, t), each 0..1, together 1. Undefined
 * where no relevance is positive.
 *
 * @param values channels x moments, channel by channel
 */
export function channelShares(values: Numbers, channels: number): number[] | undefined {
  const positive = relevancePart(values, 'positive');
  const total = sum(positive);
  const moments = values.length / channels;
  const shares = Array.from({ length: channels }, (_, channel) =>
    finite(sum(positive.subarray(channel * moments, (channel + 1) * moments)) / total),
  );
  return shares.every((share) => share !== undefined) ? shares : undefined;
}
