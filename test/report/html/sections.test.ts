import { expect, test } from 'vitest';
import { findingOf, recordList } from '../../../src/report/html/sections.js';
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
    /^On tiny, lrp-alpha2-beta1 has the highest AOPC\. tiny hits no more labels than guessing might 1 image is missing from all numbers\. Which, and why AOPC of all methods AOPC \(MoRF\) name bar value lrp-alpha2-beta1 12\.0 11\.0 to 13\.0 random 4\.0$/,
  );
});
