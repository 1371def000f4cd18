import sharp from 'sharp';
import { expect, test } from 'vitest';
import { barChart, curveChart } from '../../src/report/charts.js';
import { seriesStyle } from '../../src/report/series.js';
import type { Estimate } from '../../src/report/types.js';

const steps = [0, 1, 2, 3, 4];
const morf = { label: 'lrp-alpha2-beta1', steps, values: [0, 1, 2, 3, 4] };
const band = {
  label: 'random',
  steps,
  values: [0, 0, 0, 0, 0],
  low: [0, -1, -1, -1, -1],
  high: [0, 1, 1, 1, 1],
};
const curves = { title: 'AOPC <b>&', x: 'regions replaced', y: 'AOPC (logit)', curves: [morf, band] };

/** The texts of an SVG in drawing order. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '');
}

test('a curve chart names its title, axes and methods as text, in the shipped font, escaped', async () => {
  const { svg } = await curveChart(curves);
  for (const text of [
    'AOPC &lt;b&gt;&amp;',
    'regions replaced',
    'AOPC (logit)',
    'lrp-alpha2-beta1',
    'random',
    '4.0',
  ]) {
    expect(texts(svg)).toContain(text);
  }
  expect(svg).toContain('font-family="DejaVu Sans, Verdana, sans-serif"');
  expect(svg).not.toMatch(/font-family="(?!DejaVu Sans, Verdana, sans-serif")/);
  expect(svg).toContain('<title>AOPC &lt;b>&amp;</title>');
  expect(svg).not.toContain('<b>');
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  expect(svg).toContain(`<svg viewBox="0 0 ${width} ${height}" `);
});

test('curves have the colours of their series, a band is the colour, thinned', async () => {
  const { svg } = await curveChart(curves);
  expect(svg).toContain('#0072B2');
  expect(svg).toContain('#D55E00');
  expect(svg).toMatch(/fill="#D55E00" fill-opacity="0\.149/);
  expect(svg).not.toMatch(/fill="#0072B2" fill-opacity="0\.149/);
});

test('no band veils a line', async () => {
  const { svg } = await curveChart({ ...curves, curves: [morf, band] });
  const [veils, line] = [
    svg.indexOf('fill-opacity="0.149'),
    svg.indexOf('stroke="#0072B2"', svg.indexOf('clip')),
  ];
  expect(veils).toBeGreaterThan(0);
  expect(line).toBeGreaterThan(veils);
});

test('a single curve needs no legend', async () => {
  const { svg } = await curveChart({ ...curves, curves: [morf] });
  expect(texts(svg)).not.toContain('lrp-alpha2-beta1');
});

test('the PNG is white paper with twice the pixels, and the same every time', async () => {
  const { png, svg } = await curveChart(curves);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(1520);
  expect(info.channels).toBe(3);
  expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
  const again = await curveChart(curves);
  expect(again.png.equals(png)).toBe(true);
  expect(again.svg).toBe(svg);
});

const ratios = {
  title: 'Outside-inside ratio',
  x: 'ratio',
  groups: ['sheep', 'sofa', 'bus', 'chair'],
  counts: ['5', '12', '0', '7'],
  series: [
    {
      label: 'GoogLeNet',
      bars: [{ value: 0.5, low: 0.25, high: 0.75 }, { value: 2 }, undefined, { value: 1 }],
    },
    { label: 'SqueezeNet', bars: [{ value: 3 }, { value: 0.5 }, { value: 4 }, undefined] },
  ],
};

test('bars are sorted by the first series, with the number of images; groups without a value come last', async () => {
  const { svg } = await barChart(ratios);
  const groups = texts(svg).filter((text) => text.includes('(n ='));
  expect(groups).toEqual(['sofa (n = 12)', 'chair (n = 7)', 'sheep (n = 5)', 'bus (n = 0)']);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['GoogLeNet', 'SqueezeNet', 'ratio', 'Outside-inside ratio']),
  );
});

test('a bar, its error bar and the reference lie on one scale', async () => {
  const { svg } = await barChart({ ...ratios, reference: 1 });
  const lines = [...svg.matchAll(/M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  const bars = [...svg.matchAll(/<path fill="#0072B2" d="M([\d.]+) [\d.]+L([\d.]+)/g)].map((match) =>
    Number(match[2]),
  );
  const zero = Number(/<path fill="#0072B2" d="M([\d.]+)/.exec(svg)?.[1]);
  const unit = (bars[0] as number) - zero > 0 ? ((bars[0] as number) - zero) / 2 : Number.NaN;
  const at = (value: number) => expect.closeTo(zero + value * unit, 0);
  expect(bars).toEqual([at(2), at(1), at(0.5)]);
  expect(lines).toContainEqual([at(0.25), expect.anything(), at(0.75), expect.anything()]);
  expect(lines).toContainEqual([at(1), expect.anything(), at(1), expect.anything()]);
});

test('an error bar of few images is dashed, and a bar without one has a question mark', async () => {
  const drawn = async (bar: Estimate) =>
    (await barChart({ ...ratios, groups: ['sheep'], series: [{ label: 'a', bars: [bar] }] })).svg;
  const bar = { value: 1, low: 0.5, high: 2 };
  const [student, bootstrap] = [await drawn({ ...bar, interval: 'student' }), await drawn(bar)];
  // Dashes are drawn one by one.
  const dashes = /(M[^M"]+){20}/;
  expect(student).toMatch(dashes);
  expect(bootstrap).not.toMatch(dashes);
  const unknown = await drawn({ value: 1, interval: 'unknown' });
  expect(texts(unknown).map((text) => text.trim())).toContain('?');
  expect(texts(bootstrap).map((text) => text.trim())).not.toContain('?');
});

test('an error bar longer than the bars stays inside the axis', async () => {
  const { svg } = await barChart({
    ...ratios,
    series: [{ label: 'a', bars: [{ value: 1, low: -3, high: 9 }] }],
    groups: ['sheep'],
  });
  expect(texts(svg)).toEqual(expect.arrayContaining(['−4', '10']));
});

test('endless names leave room for the bars', async () => {
  const groups = [
    'great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias',
    'b',
    'c',
    'd',
  ];
  const { svg } = await barChart({ ...ratios, groups });
  expect(texts(svg).find((text) => text.startsWith('great white'))).toMatch(/… \(n = 5\)$/);
});

test('280 series look different, each readable on white', () => {
  const looks = Array.from({ length: 280 }, (_, index) => JSON.stringify(seriesStyle(index)));
  expect(new Set(looks).size).toBe(280);
  for (let index = 0; index < 8; index++) {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
      Number.parseInt(seriesStyle(index).color.slice(at, at + 2), 16),
    );
    expect(0.2126 * red + 0.7152 * green + 0.0722 * blue).toBeLessThan(175);
  }
});
