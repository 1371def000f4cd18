import { secondsOf } from '../processor-time.js';

/** No measurement is shorter: what takes less is done several times. */
const SHORTEST_SECONDS = 0.05;

/** A way to do something once that says how many seconds it took. */
export type Measured = () => Promise<number>;

/** Processor seconds of work, which is done so often that they can be measured. */
export function processorTime(work: () => Promise<unknown>): Measured {
  let times = 1;
  return async () => {
    for (;;) {
      const seconds = await secondsOf(async () => {
        for (let i = 0; i < times; i++) await work();
      });
      if (seconds >= SHORTEST_SECONDS || times >= 2 ** 20) return seconds / times;
      times *= Math.ceil(Math.min(100, (1.2 * SHORTEST_SECONDS) / Math.max(seconds, 1e-6)));
    }
  };
}

/**
 * Measures several things in turn, `repeats` times, so that whatever slows the machine down for a while slows down all of
 * them. A first round is not counted.
 * @returns seconds of each, one a round
 */
export async function interleave<Name extends string>(
  things: Readonly<Record<Name, Measured>>,
  repeats: number,
): Promise<Record<Name, number[]>> {
  const entries = Object.entries(things) as [Name, Measured][];
  const seconds = Object.fromEntries(entries.map(([name]) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round <= repeats; round++) {
    for (const [name, measure] of entries) {
      const taken = await measure();
      if (round > 0) seconds[name].push(taken);
    }
  }
  return seconds;
}

/** The middle one of the values; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}

/** The median over rounds of how many times longer the one took than the other. */
export function medianRatio(longer: readonly number[], shorter: readonly number[]): number {
  return median(longer.map((seconds, round) => seconds / (shorter[round] as number)));
}
