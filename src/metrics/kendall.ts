import { assertSameLength, finite, type Numbers } from './metric.js';

/**
 * Kendall's rank correlation tau-b: pairs in the same order less pairs in opposite order, over the geometric mean of how many
 * pairs differ in each of the two (Kendall 1945). Undefined where one of the two does not vary.
 */
export function kendall(first: Numbers, second: Numbers): number | undefined {
  assertSameLength('values to correlate', first, second);
  let [balance, differInFirst, differInSecond] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.sign((first[i] as number) - (first[j] as number));
      const b = Math.sign((second[i] as number) - (second[j] as number));
      balance += a * b;
      differInFirst += Math.abs(a);
      differInSecond += Math.abs(b);
    }
  }
  return finite(balance / Math.sqrt(differInFirst * differInSecond));
}
