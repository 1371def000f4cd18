import { IMAGES } from '../../../src/input/called.js';
import type { GalleryImage, GalleryResult, Method, ReportData } from '../../../src/report/html/data.js';
import type { Curve } from '../../../src/report/types.js';
import { gridUnits } from '../../input/regions.js';

/** What a hostile file name or label tries; every one calls `attacked()` if it gets anywhere. */
export const ATTACKS = [
  '<script>attacked()</script>',
  '"><img src=x onerror=attacked()>',
  "' onmouseover='attacked()' x='",
  '</script><script>attacked()</script>',
  '<!--<script>',
  '{{attacked()}}',
  '&lt;b&gt; \u2028 \u0000 ünï \u202e',
  'javascript:attacked()',
];

export const METHODS = ['lrp-alpha2-beta1', 'sensitivity-l2', 'random'];
/** The same on the only network. */
export const OF_ONE: readonly Method[] = METHODS.map((name) => ({ label: name, name }));
const STEPS = 20;
const SIDE = 36;
const REGION = 3;
const COLUMNS = SIDE / REGION;

/** Draws the same numbers every time. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function curve(label: string, height: number): Curve {
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => step);
  const values = steps.map((step) => height * (1 - Math.exp(-step / 8)));
  return {
    label,
    steps,
    values,
    low: values.map((value) => value - 0.3),
    high: values.map((value) => value + 0.3),
  };
}

/** An image of random colours with a red square, three methods, and the orders and scores of a made-up perturbation. */
export function galleryImage(
  number: number,
  label: string,
  predicted = label,
  id = `image ${number}`,
): GalleryImage {
  const random = generator(number + 1);
  const data = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) =>
    at % 3 === 0 && Math.floor(at / 3 / SIDE) < 9 && Math.floor(at / 3) % SIDE < 9 ? 250 : random() * 120,
  );
  const results = METHODS.map((_, method): GalleryResult => {
    const values = Float32Array.from({ length: SIDE * SIDE }, () => random() - (method === 1 ? 0 : 0.5));
    const first = method === 0 ? number * STEPS : 0;
    const order = Array.from({ length: STEPS }, (_, step) => (first + step * (method + 1)) % COLUMNS ** 2);
    const scores = [10, ...order.map((_, step) => 10 - ((step + 1) * (3 - method)) / 8)];
    return {
      map: { values, rows: SIDE, columns: SIDE, signed: method !== 1 },
      aopc: number * (method + 1),
      morf: { order, scores },
      ...(method < 2 && { lerf: { order: [...order].reverse(), scores } }),
    };
  });
  const boxes = [{ left: 0, top: 0, right: 9, bottom: 9 }];
  return { id, label, predicted, subject: { data, width: SIDE, height: SIDE }, boxes, results };
}

/** A whole report; `images` are loaded when they are written. */
export function reportData(images: readonly (() => Promise<GalleryImage>)[]): ReportData {
  const view = (
    order: 'morf' | 'lerf' | 'difference',
    scale: 'absolute' | 'relative' | 'score',
    height: number,
  ) => ({
    order,
    scale,
    x: 'regions replaced',
    y: { absolute: 'AOPC (logit)', relative: 'AOPC (logit), relative to random', score: 'score (logit)' }[
      scale
    ],
    curves: METHODS.map((method, index) => curve(method, (height * (3 - index)) / 3)),
  });
  return {
    called: IMAGES,
    title: 'fig1a',
    subtitle: 'tiny · 500 images',
    finding: {
      sentences: ['On tiny, lrp-alpha2-beta1 has the highest AOPC.'],
      chart: {
        title: 'AOPC of all methods',
        x: 'AOPC (MoRF)',
        groups: ['tiny'],
        series: [
          { label: 'random', bars: [{ value: 4 }] },
          { label: 'lrp-alpha2-beta1', bars: [{ value: 12, low: 11, high: 13 }] },
        ],
      },
      better: 'higher',
    },
    warnings: ['tiny hits no more labels than guessing might'],
    words: ['The network was asked.', 'Regions of 3 x 3 pixels were replaced.'],
    facts: [{ name: 'Network', value: 'tiny' }],
    methods: OF_ONE,
    scores: {
      title: 'AOPC',
      note: '95 % intervals',
      rows: 'method',
      columns: [
        { title: 'AOPC MoRF', better: 'higher' },
        { title: 'AOPC LeRF', better: 'lower' },
      ],
      entries: [
        {
          label: 'lrp-alpha2-beta1',
          cells: [{ value: 12.3456, low: 11.9, high: 13 }, { value: 2 }],
          tiedWith: [],
        },
        { label: 'sensitivity-l2', cells: [{ value: -7.5 }, { value: 1 }], tiedWith: ['random'] },
        { label: 'random', cells: [{ value: 4 }, undefined], tiedWith: ['sensitivity-l2'] },
      ],
    },
    curves: [
      view('morf', 'absolute', 6),
      view('lerf', 'absolute', 2),
      view('difference', 'absolute', 4),
      view('morf', 'relative', 3),
      view('morf', 'score', 5),
    ],
    bars: [
      {
        title: 'Outside-inside ratio',
        x: 'mean relevance outside over inside',
        groups: ['sheep', 'sofa'],
        counts: ['4', '9'],
        series: [{ label: 'lrp-alpha2-beta1', bars: [{ value: 0.4, low: 0.3, high: 0.6 }, { value: 0.9 }] }],
        reference: 1,
      },
    ],
    tables: [
      {
        title: 'Complexity',
        rows: 'method',
        columns: [{ title: 'entropy', better: 'lower' }],
        entries: [{ label: 'random', cells: ['n/a'] }],
      },
    ],
    gallery: {
      measured: 500,
      score: 'logit of the predicted class',
      width: SIDE,
      height: SIDE,
      units: gridUnits([3, SIDE, SIDE], REGION),
      fill: {
        kind: 'colour',
        rgb: [0, 0, 255],
        note: 'Replaced regions are shown in the colour that replaced them.',
      },
      images,
    },
    failures: [{ image: 'broken.jpg', reason: 'ends too early' }],
    records: [
      {
        title: 'Definition record',
        record: {
          fill: 'mean',
          nested: { steps: 20, orders: ['morf', 'lerf'] },
          networks: [{ rules: [{ layer: 'conv1', stabiliser: { epsilon: 0.01, relative: 'no' } }] }],
        },
      },
    ],
  };
}
