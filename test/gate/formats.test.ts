import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBaseline, writeBaseline } from '../../src/gate/baseline.js';
import { compareRun } from '../../src/gate/compare.js';
import { compactJson, sortKeys } from '../../src/gate/json.js';
import { toJunit } from '../../src/gate/junit.js';
import { toMarkdown } from '../../src/gate/markdown.js';
import { baseline, rows, runOf, withValues } from './runs.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof baseline-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('baseline', () => {
  it('reads back what was written, an explanation a line', async () => {
    const path = join(folder, 'new', 'baseline.json');
    await writeBaseline(path, baseline);
    expect(await readBaseline(path)).toEqual(baseline);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('"image":"image-03"'))).toEqual([
      '    {"network":"net","image":"image-03","class":"cat","method":"lrp","values":{"score":5,"aopc_morf":11,"conservation":1}},',
      '    {"network":"net","image":"image-03","class":"cat","method":"random","values":{"score":5,"aopc_morf":11}},',
    ]);
  });

  it('is not written without explanations', async () => {
    await expect(writeBaseline(join(folder, 'b.json'), { ...baseline, rows: [] })).rejects.toThrow(
      "run 'test': expected explanations, got none",
    );
  });

  it.each([
    ['{"format": "heatproof base', /^baseline \(.*b\.json\): expected JSON, got /],
    ['[1, 2]', /expected "format": "heatproof baseline 1", got no format$/],
    ['null', /got no format$/],
    ['{"format": "heatproof baseline 2"}', /got "heatproof baseline 2"$/],
    ['{"format": "heatproof baseline 1", "name": 3}', /key name\): .*expected string.*, got 3$/],
    [
      '{"format":"heatproof baseline 1","name":"x","definition":{"networks":{},"dataset":{"type":"folder"},"images":{},"methods":{}},"rows":[]}',
      /key definition\.networks\)/,
    ],
    [
      '{"format":"heatproof baseline 1","name":"x","definition":{"networks":[],"dataset":{"type":"folder"},"images":{},"methods":{}},"rows":[]}',
      /key rows\)/,
    ],
    [
      '{"format":"heatproof baseline 1","name":"x","definition":{"networks":[],"dataset":{"type":"folder"},"images":{},"methods":{}},"rows":[{"network":"n","image":"i","class":"c","method":"m","values":{"score":1e999}}]}',
      /key rows\.0\.values\.score\)/,
    ],
  ])('refuses %s in one line', async (text, message) => {
    const path = join(folder, 'b.json');
    writeFileSync(path, text);
    const error = await readBaseline(path).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(message) });
  });
});

describe('json', () => {
  it('is sorted whatever the order of keys', () => {
    expect(JSON.stringify(sortKeys({ b: [{ d: 1, c: 2 }], a: null }))).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it('breaks what does not fit on a line, and reads back', () => {
    const value = { short: [1, 2], long: [{ text: 'x'.repeat(20) }, 'y'], empty: {}, none: null };
    const text = compactJson(value, 24);
    expect(text).toBe(
      `{\n  "short": [1,2],\n  "long": [\n    {\n      "text": "${'x'.repeat(20)}"\n    },\n    "y"\n  ],\n  "empty": {},\n  "none": null\n}`,
    );
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('reports for others', () => {
  const nasty = 'a|b <script>&"\'\u0001\n](x) ]]>';
  const before = { ...baseline, rows: [...rows, { ...(rows[0] as (typeof rows)[number]), image: nasty }] };
  const worse = runOf((row) => withValues(row, { aopc_morf: 1 }));
  const report = compareRun(before, worse);

  it('JUnit XML is valid, names every case, and holds hostile names as text', () => {
    const xml = toJunit(report);
    expect(XMLValidator.validate(xml)).toBe(true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(xml);
    expect(testsuites).toMatchObject({ tests: '7', failures: '2' });
    const lrp = testsuites.testsuite[1];
    expect(lrp).toMatchObject({ name: 'net.lrp', tests: '3', failures: '2' });
    expect(
      lrp.testcase.map(({ name, failure }: { name: string; failure?: unknown }) => [name, !!failure]),
    ).toEqual([
      ['all explanations are there', true],
      ['scores and conservation stay', false],
      ['aopc_morf', true],
    ]);
    const shown = nasty.replace('\u0001\n', '\uFFFD ');
    expect(lrp.testcase[0].failure.message).toBe(`missing: ${shown} (cat)`);
    expect(lrp.testcase[2].failure['#text']).toMatch(/^AOPC \(MoRF\) dropped: -8\.5 \[/);
  });

  it('Markdown is one table whatever the names', () => {
    const text = toMarkdown(report);
    expect(text).toContain('**gate FAILED: 1 dropped, 1 reported**');
    expect(text).toContain(
      '\n- net, lrp: missing: a\\|b \\<script\\>\\&"\'\\\\u0001 \\](x) \\]\\]\\> (cat)\n',
    );
    const table = text.split('\n').filter((line) => line.startsWith('| '));
    expect(table).toHaveLength(4);
    expect(table[2]).toMatch(
      /^\| lrp \| aopc\\_morf \| 12 \| 9\.5 \| 1 \| -8\.5 .* \| 0\.475 \| DROPPED \|$/,
    );
  });
});
