import sharp from 'sharp';
import { expect, test } from 'vitest';
import { barChart, curveChart } from '../../src/report/charts.js';
import { printed } from '../../src/report/drawing.js';
import { render } from '../../src/report/render.js';
import { seriesStyle } from '../../src/report/series.js';
import type { BarChart, CurveChart, Estimate } from '../../src/report/types.js';
import { pdfText } from './pdf.js';

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

const svgOf = async (chart: CurveChart) => String(await render(curveChart(chart), 'svg'));
const barSvg = async (chart: BarChart) => String(await render(barChart(chart), 'svg'));

/** The texts of an SVG in drawing order. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '');
}

test('a curve chart names its title, axes and methods as text, in the shipped font, escaped', async () => {
  const svg = await svgOf(curves);
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
  expect(svg).toContain('<title>AOPC &lt;b&gt;&amp;</title>');
  expect(svg).not.toContain('<b>');
  const [, width, height] = /<svg [^>]* viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  expect(svg).toContain(` width="${0.75 * Number(width)}pt" height="${0.75 * Number(height)}pt">`);
});

test('curves have the colours of their series, a band is the colour, thinned', async () => {
  const svg = await svgOf(curves);
  expect(svg).toContain('#0072B2');
  expect(svg).toContain('#D55E00');
  expect(svg).toMatch(/fill="#D55E00" fill-opacity="0\.149/);
  expect(svg).not.toMatch(/fill="#0072B2" fill-opacity="0\.149/);
});

test('no band veils a line', async () => {
  const svg = await svgOf({ ...curves, curves: [morf, band] });
  const [veils, line] = [
    svg.indexOf('fill-opacity="0.149'),
    svg.indexOf('stroke="#0072B2"', svg.indexOf('clip')),
  ];
  expect(veils).toBeGreaterThan(0);
  expect(line).toBeGreaterThan(veils);
});

test('a single curve needs no legend', async () => {
  const svg = await svgOf({ ...curves, curves: [morf] });
  expect(texts(svg)).not.toContain('lrp-alpha2-beta1');
});

test('the PNG is white paper with twice the pixels, and the same every time', async () => {
  const png = await render(curveChart(curves), 'png');
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(1520);
  expect(info.channels).toBe(3);
  expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
  expect((await render(curveChart(curves), 'png')).equals(png)).toBe(true);
  expect(await svgOf(curves)).toBe(await svgOf(curves));
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
  const svg = await barSvg(ratios);
  const groups = texts(svg).filter((text) => text.includes('(n ='));
  expect(groups).toEqual(['sofa (n = 12)', 'chair (n = 7)', 'sheep (n = 5)', 'bus (n = 0)']);
  expect(texts(svg)).toEqual(
    expect.arrayContaining(['GoogLeNet', 'SqueezeNet', 'ratio', 'Outside-inside ratio']),
  );
});

test('a bar, its error bar and the reference lie on one scale', async () => {
  const svg = await barSvg({ ...ratios, reference: 1 });
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
  const drawn = (bar: Estimate) =>
    barSvg({ ...ratios, groups: ['sheep'], series: [{ label: 'a', bars: [bar] }] });
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

test('axes begin and end with the data, not at the next round number', async () => {
  const values = [0, 2.5, 4.2, 4.4];
  const svg = await svgOf({
    ...curves,
    curves: [{ label: 'a', steps: [0, 1, 2, 3], values, low: [-0.02, 2, 4, 4] }],
  });
  // Ticks of the data's range only; the line starts at the axis and ends at the far side of the chart.
  expect(texts(svg).filter((text) => /^−?[\d.]+$/.test(text))).toEqual([
    '0',
    '0.5',
    '1.0',
    '1.5',
    '2.0',
    '2.5',
    '3.0',
    ...['0', '0.5', '1.0', '1.5', '2.0', '2.5', '3.0', '3.5', '4.0'],
  ]);
  const at = (axis: 'middle' | 'end', text: string) => {
    const place = new RegExp(
      `anchor="${axis}" transform="matrix\\(1 0 0 1 ([\\d.]+) ([\\d.]+)\\)"[^>]*>${text}<`,
    ).exec(svg);
    return Number(place?.[axis === 'middle' ? 1 : 2]);
  };
  const [zero, unit] = [at('end', '0'), (at('end', '0') - at('end', '4.0')) / 4];
  const [, line = ''] = /stroke="#0072B2"[^>]* d="(M[^"Q]+)"/.exec(svg) ?? [];
  const points = [...line.matchAll(/[MLC ]([\d.]+) ([\d.]+)/g)].map((match) => match.slice(1).map(Number));
  expect(points[0]).toEqual([expect.closeTo(at('middle', '0'), 1), expect.closeTo(zero, 1)]);
  expect(points.at(-1)).toEqual([
    expect.closeTo(at('middle', '3.0'), 1),
    expect.closeTo(zero - 4.4 * unit, 1),
  ]);
  // The axis of the steps crosses where the lowest data are, the other ends with the highest.
  const [, , top, bottom] = /stroke="#8A8A8A"[^>]* d="M([\d.]+) ([\d.]+)L\1 ([\d.]+)"/.exec(svg) ?? [];
  expect([Number(top), Number(bottom)]).toEqual([
    expect.closeTo(zero - 4.4 * unit, 0),
    expect.closeTo(zero + 0.02 * unit, 0),
  ]);
});

test('what does not vary has an axis, too', async () => {
  const svg = await svgOf({ ...curves, curves: [{ label: 'a', steps: [0], values: [3] }] });
  expect(texts(svg)).toEqual(expect.arrayContaining(['0', '3.00']));
});

test('texts are plain: whole, without ligatures, at one place, anchored as they were drawn', async () => {
  const label = 'efficient flat fish';
  const svg = await svgOf({ ...curves, curves: [{ ...morf, label }, band] });
  expect(texts(svg)).toContain(label);
  expect(svg).not.toMatch(/<text[^>]* [xy]="[^"]*,/);
  expect(svg).toMatch(
    /<text x="0" y="4.57" font-size="13" text-anchor="middle" transform="matrix\(0 -1 1 0 [^>]*>AOPC \(logit\)/,
  );
});

test('a PDF is a page of the printed size whose texts are found, letter by letter, and the same every time', async () => {
  const label = 'efficient flat fish';
  const drawing = curveChart({ ...curves, curves: [{ ...morf, label }, band] }, { size: printed(240) });
  const pdf = await render(drawing, 'pdf');
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  const height = Math.round(drawing.height * drawing.size.points);
  expect(pdf.toString('latin1')).toMatch(new RegExp(`/MediaBox \\[0 0 240 ${height}(\\.\\d+)?\\]`));
  const written = pdfText(pdf);
  for (const text of ['AOPC <b>&', 'regions replaced', 'AOPC (logit)', label, 'random'])
    expect(written).toContain(text);
  expect(pdf.toString('latin1')).not.toContain('/Subtype /Image');
  expect((await render(drawing, 'pdf')).equals(pdf)).toBe(true);
});

test('a printed chart is as wide as asked for, has no title if not wanted, and breaks long texts', async () => {
  const bars = {
    ...ratios,
    x: 'outside-inside ratio of positive relevance; dashed: few images; ?: interval unknown',
  };
  const drawing = barChart(bars, { size: printed(240), titled: false });
  const svg = String(await render(drawing, 'svg'));
  expect(svg).toContain('width="240pt"');
  expect(svg).toContain('<title>Outside-inside ratio</title>');
  expect(texts(svg)).not.toContain('Outside-inside ratio');
  expect(texts(svg)).not.toContain(bars.x);
  expect(texts(svg).join(' ')).toContain(bars.x);
  const { info } = await sharp(await render(drawing, 'png'))
    .raw()
    .toBuffer({ resolveWithObject: true });
  // 3 pixels a unit, 13 units for letters of 8 points.
  expect(info.width).toBe(3 * 390);
});

test('a title that is longer than the chart is broken, not cut', async () => {
  const title = 'Most relevant regions first, relative to random · a network of some name';
  const svg = String(await render(curveChart({ ...curves, title }, { size: printed(240) }), 'svg'));
  const bold = [...svg.matchAll(/font-weight="bold"[^>]*>([^<]*)</g)].map((match) => match[1]);
  expect(bold.length).toBeGreaterThan(1);
  expect(bold.join(' ')).toBe(title);
});

test('a chosen series looks as it does among all', async () => {
  const svg = await svgOf({ ...curves, curves: [{ ...morf, look: 2 }, band] });
  expect(svg).toContain('#009E73');
  expect(svg).not.toContain('#0072B2');
  const bars = await barSvg({
    ...ratios,
    series: ratios.series.slice(1).map((one) => ({ ...one, look: 1 })),
  });
  expect(bars).toContain('#D55E00');
});

test('an error bar longer than the bars stays inside the axis', async () => {
  const svg = await barSvg({
    ...ratios,
    series: [{ label: 'a', bars: [{ value: 1, low: -3, high: 9 }] }],
    groups: ['sheep'],
  });
  expect(texts(svg)).toEqual(expect.arrayContaining(['−2', '8']));
});

test('endless names leave room for the bars', async () => {
  const groups = [
    'great white shark, white shark, man-eater, man-eating shark, Carcharodon carcharias',
    'b',
    'c',
    'd',
  ];
  const svg = await barSvg({ ...ratios, groups });
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
