import { expect, test } from 'vitest';
import { failureList, findingOf, recordList } from '../../../src/report/html/sections.js';
import { reportData } from './sample.js';

/** The texts of markup, without tags. */
function textOf(markup: unknown): string {
  return String(markup)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

test('a record is written whole, nested as it is', () => {
  expect(textOf(recordList({ a: 1, b: { c: [1, 2], d: [{ e: null }] } }))).toBe('a 1 b c 1, 2 d e null');
});

test('a finding is a sentence, what makes it doubtful, and bars from best to worst', () => {
  expect(textOf(findingOf(reportData([])))).toMatch(
    /^On tiny, lrp-alpha2-beta1 has the highest AOPC\. tiny hits no more labels than guessing might 1 image is missing from the numbers, wholly or in part\. Which, and why AOPC of all methods AOPC \(MoRF\) name bar value lrp-alpha2-beta1 12\.00 11\.00 to 13\.00 random 4\.00$/,
  );
});

test('many failures are folded, and each image is counted once', () => {
  const failures = Array.from({ length: 21 }, (_, at) => ({ image: `image ${at % 20}`, reason: 'torn' }));
  const list = (some: typeof failures) => String(failureList({ ...reportData([]), failures: some }));
  expect(list(failures)).toMatch(/^<p>20 images are missing.*<details class="fold"><summary>21 reasons/s);
  expect(list(failures.slice(0, 20))).not.toContain('<details');
});
