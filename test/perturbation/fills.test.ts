import { describe, expect, it } from 'vitest';
import { channelRange, preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { divisionOf, type Region } from '../../src/input/kinds.js';
import { channelRows, type InputLayout, layoutOf } from '../../src/input/layout.js';
import { ownRange } from '../../src/input/range.js';
import { cutUnit } from '../../src/input/units.js';
import {
  createFill,
  FILL_KINDS,
  type FillContext,
  type FillKind,
  type ImageFill,
  insertion,
  type UnitFill,
} from '../../src/perturbation/fills.js';
import { randomStream } from '../../src/random.js';
import { gridUnits } from '../input/regions.js';

const shape = [3, 12, 12];
const range = channelRange(preprocessingSchema.parse({ channels: 'bgr', mean: [104, 117, 123] }));
const input = randomStream('input').uniforms(3 * 144, -100, 100);

function context(overrides: Partial<FillContext> = {}): FillContext {
  return {
    range,
    seed: 1,
    imageId: 'image',
    input,
    units: gridUnits(shape, 4),
    meanImage: new Float32Array(432).fill(7),
    ...overrides,
  };
}

function patches(kind: FillKind, overrides: Partial<FillContext> = {}): UnitFill['patch'] {
  return (createFill(kind, context(overrides)) as UnitFill).patch;
}

describe('fill uniform', () => {
  it('is uniform over 0..255 in image space, for every channel and whatever the preprocessing', () => {
    for (const config of [
      { channels: 'bgr', mean: [104, 117, 123] },
      { channels: 'rgb', scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    ] as const) {
      const preprocessing = preprocessingSchema.parse(config);
      const units = gridUnits(shape, 1);
      const patch = patches('uniform', { range: channelRange(preprocessing), units });
      for (let c = 0; c < 3; c++) {
        const pixels = Array.from({ length: 144 * 30 }, (_, i) => {
          const value = patch(Math.floor(i / 144), i % 144)[c] as number;
          return (
            (value * (preprocessing.std[c] as number) + (preprocessing.mean[c] as number)) /
            preprocessing.scale
          );
        });
        // Kolmogorov-Smirnov against U(0, 255): the 0.999 quantile of sqrt(n) D is 1.95.
        const distance = Math.max(
          ...pixels
            .toSorted((a, b) => a - b)
            .map((value, i) => Math.abs(value / 255 - (i + 0.5) / pixels.length)),
        );
        expect(distance * Math.sqrt(pixels.length)).toBeLessThan(1.95);
      }
    }
  });

  it('draws every pixel and channel independently', () => {
    const patch = patches('uniform')(0, 0);
    expect(patch.length).toBe(3 * 16);
    expect(new Set(patch).size).toBe(48);
  });
});

describe('drawn fills', () => {
  it.each(['uniform', 'dirichlet'] as const)(
    '%s depends on seed, image, repeat and region, and on nothing else',
    (kind) => {
      const base = patches(kind);
      const wanted = base(2, 5);
      base(0, 0);
      expect(base(2, 5)).toEqual(wanted);
      expect(patches(kind, { input: new Float32Array(432) })(2, 5)).toEqual(wanted);
      const others = [
        base(3, 5),
        base(2, 6),
        patches(kind, { seed: 2 })(2, 5),
        patches(kind, { imageId: 'other' })(2, 5),
      ];
      for (const other of others) expect(other).not.toEqual(wanted);
    },
  );

  it('dirichlet: shares of the range that sum to 1, each with mean 1/3 and variance 1/18', () => {
    const units = gridUnits(shape, 12);
    const patch = patches('dirichlet', { units })(0, 0);
    const share = (c: number, i: number) => ((patch[c * 144 + i] as number) - (range.low[c] as number)) / 255;
    const first = Array.from({ length: 144 }, (_, i) => share(0, i));
    for (let i = 0; i < 144; i++) expect(share(0, i) + share(1, i) + share(2, i)).toBeCloseTo(1, 5);
    const mean = first.reduce((sum, x) => sum + x) / 144;
    expect(Math.abs(mean - 1 / 3)).toBeLessThan(4 * Math.sqrt(1 / 18 / 144));
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
  });
});

describe('fills taken from an image', () => {
  it('mean is 0 and black is minus the mean in the space of a network that subtracts the mean', () => {
    expect([...patches('mean')(0, 3)]).toEqual(new Array(48).fill(0));
    expect([...patches('black')(0, 3)]).toEqual(
      [-104, -117, -123].flatMap((value) => new Array(16).fill(value)),
    );
  });

  it('constant is the mean image at the same place', () => {
    const meanImage = randomStream('mean').uniforms(432);
    expect(patches('constant', { meanImage })(0, 4)).toEqual(cutUnit(meanImage, gridUnits(shape, 4), 4));
    const { meanImage: _, ...without } = context();
    expect(() => createFill('constant', without)).toThrow(/mean image, got none/);
    expect(() => patches('constant', { meanImage: new Float32Array(5) })).toThrow(
      /432 values of shape \[3,12,12\], got 5/,
    );
  });

  it('blur is a Gaussian of sigma 3 over the original image, mirrored at the border', () => {
    const impulse = new Float32Array(41 * 41);
    impulse[20 * 41 + 20] = 1;
    const blurred = patches('blur', {
      input: impulse,
      units: gridUnits([1, 41, 41], 41),
      range: { low: [0], high: [1], mean: [0] },
    })(0, 0);
    for (const [y, x] of [
      [20, 20],
      [20, 23],
      [17, 24],
      [26, 15],
    ] as const) {
      const density = Math.exp(-((y - 20) ** 2 + (x - 20) ** 2) / 18) / (18 * Math.PI);
      expect(blurred[y * 41 + x] as number).toBeCloseTo(density, 7);
    }
    const flat = patches('blur', { input: new Float32Array(432).fill(5) })(0, 0);
    for (const value of flat) expect(value).toBeCloseTo(5, 5);
  });
});

describe('createFill', () => {
  it('refuses a range with another number of channels', () => {
    for (const kind of FILL_KINDS) {
      expect(() => createFill(kind, context({ range: { ...range, low: [0] } }))).toThrow(
        /'low'.*3 values.*got 1/,
      );
    }
  });
});

describe('insertion', () => {
  it('starts from the filled image and puts the original back', () => {
    const units = gridUnits(shape, 5);
    const reversed = insertion(context({ units }), createFill('mean', context({ units })), 0);
    for (let at = 0; at < 432; at++) {
      const [y, x] = [Math.floor(at / 12) % 12, at % 12];
      expect(reversed.input[at]).toBe(y < 10 && x < 10 ? 0 : input[at]);
    }
    expect((reversed.fill as UnitFill).patch(0, 2)).toEqual(cutUnit(input, units, 2));
  });
});

describe('fills of signals', () => {
  // Two channels of five moments; the first one's mean is 3, the second one's 20.
  const input = Float32Array.of(1, 2, 3, 4, 5, 40, 30, 20, 10, 0);
  const of = (layout: InputLayout, region: Region) =>
    context({ input, units: divisionOf(region).units(layout) });
  const rows = of(channelRows([2, 5]), [1, 2]);
  const filled = (kind: FillKind, given: FillContext, unit: number) => [
    ...(createFill(kind, { ...given, range: ownRange(input, given.units.layout) }) as UnitFill).patch(
      0,
      unit,
    ),
  ];
  const imaged = (given: FillContext, ...removed: number[]) => [
    ...(createFill('bridge', { ...given, range: ownRange(input, given.units.layout) }) as ImageFill).image(
      0,
      Int32Array.from(removed),
    ),
  ];

  it('zero and channel-mean know channels, whether units tell them apart or not', () => {
    expect([
      filled('zero', rows, 3),
      filled('channel-mean', rows, 1),
      filled('channel-mean', rows, 3),
    ]).toEqual([
      [0, 0],
      [3, 3],
      [20, 20],
    ]);
    expect(filled('channel-mean', of(layoutOf([2, 5]), 2), 0)).toEqual([3, 3, 20, 20]);
  });

  it('bridge draws a line from what is left on one side to the other, and holds at the ends', () => {
    const single = of(channelRows([2, 5]), [1, 1]);
    expect(imaged(single, 1, 2, 3).slice(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(imaged(single, 0, 1, 8, 9)).toEqual([3, 3, 3, 4, 5, 40, 30, 20, 20, 20]);
    const bent = { ...single, input: Float32Array.of(0, 9, 9, 9, 4, 1, 9, 3, 9, 5) };
    expect(imaged(bent, 1, 2, 3, 6, 8)).toEqual([0, 1, 2, 3, 4, 1, 2, 3, 4, 5]);
    expect(imaged(single, 0, 1, 2, 3, 4)).toEqual([0, 0, 0, 0, 0, 40, 30, 20, 10, 0]);
    expect(imaged(of(layoutOf([2, 5]), 2), 0)).toEqual([3, 3, 3, 4, 5, 20, 20, 20, 10, 0]);
  });

  it('blur stays within a channel', () => {
    const flat = { ...rows, input: Float32Array.of(1, 1, 1, 1, 1, 7, 7, 7, 7, 7) };
    const patch = (createFill('blur', { ...flat, range: ownRange(input, rows.units.layout) }) as UnitFill)
      .patch;
    expect([...patch(0, 0), ...patch(0, 2)].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([
      1, 1, 7, 7,
    ]);
  });
});
