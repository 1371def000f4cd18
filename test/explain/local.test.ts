import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import type { Computed } from '../../src/explain/attributions/attribution.js';
import { keyOf } from '../../src/explain/attributions/coalition.js';
import { routesOf, waysOf } from '../../src/explain/attributions/coalition-walks.js';
import { LocalPass } from '../../src/explain/attributions/local-pass.js';
import { OCCLUSION, occlusion } from '../../src/explain/attributions/occlusion.js';
import { Passes } from '../../src/explain/attributions/passes.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import type { MethodSettings } from '../../src/explain/own-methods.js';
import type { ExplainOptions } from '../../src/explain/request.js';
import { loadNetwork, type Network } from '../../src/import/network.js';
import { COST, planIncremental } from '../../src/incremental/plan.js';
import { type Replaceable, type Spans, spansOf } from '../../src/incremental/spans.js';
import {
  inception,
  NetworkWriter,
  plain,
  randomNetwork,
  residual,
  signal,
} from '../perturbation/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { networkFrom, numbers, relativeError } from './networks.js';

/** Computes everything that can be only where something changed, whatever that costs. */
class Everywhere extends Passes {
  #forced: LocalPass | undefined;

  override local(units: Replaceable): LocalPass {
    const { graph, layout } = this.network;
    const plan = planIncremental(graph, spansOf(units, layout) as Spans, [1], {
      ...COST,
      gather: 0,
      run: -1e15,
    });
    expect(plan.segments.length).toBeGreaterThan(0);
    this.#forced = new LocalPass(plan, this.options.batch ?? 4);
    return this.#forced;
  }

  override async load(engine: Engine): Promise<void> {
    await super.load(engine);
    await this.#forced?.load(engine);
  }

  override async release(): Promise<void> {
    await super.release();
    await this.#forced?.release();
  }
}

const inputOf = ({ inputShape }: Network) =>
  numbers(
    inputShape.reduce((a, b) => a * b),
    'image',
  );

/** Occlusion of two inputs. */
async function occluded(passes: Passes, window: number, stride: number): Promise<Computed[]> {
  const attribute = occlusion(OCCLUSION.parse({ window, stride, value: 0.25 })).prepare(passes);
  await passes.load(onnxruntime);
  const input = inputOf(passes.network);
  const requests = [
    { id: 'x', input, target: 1 },
    { id: 'y', input: input.map((value) => 1 - value), target: 2 },
  ];
  const found = await attribute(requests, new Map());
  await passes.release();
  return found as Computed[];
}

/** Windows that share places, windows of which the last one is moved inside, and one over everything. */
const WINDOWS = [[3, 2], [8, 5], [200, 200]] as const; // biome-ignore format: one line

async function expectEqual(network: Network): Promise<void> {
  for (const [window, stride] of WINDOWS) {
    const full = await occluded(new Passes(network, { inference: 'full' }), window, stride);
    const local = await occluded(new Everywhere(network, {}), window, stride);
    for (const [i, { relevance, passes = 0, incrementalPasses }] of local.entries()) {
      // Drops are small beside the logits that they are differences of.
      expect(relativeError(relevance, full[i]?.relevance ?? [])).toBeLessThan(1e-4);
      expect([passes, incrementalPasses]).toEqual([full[i]?.passes, passes - 1]);
    }
    expect(full.map(({ incrementalPasses }) => incrementalPasses)).toEqual([undefined, undefined]);
  }
}

/** Half of the channels of the first layer are 0 whatever comes in, and the input's first one counts for nothing. */
function deadChannels(): Network {
  const net = new NetworkWriter(3, [3, 24, 24]);
  const constant = (values: number[]) =>
    net.constant({ type: 'float32', dims: [1, values.length, 1, 1], data: Float32Array.from(values) });
  const seen = net.op('Mul', [net.input, constant([0, 1, 1])]);
  const first = net.conv(seen, 8, { kernel: 3, pads: [1] });
  const half = net.op('Relu', [net.op('Add', [first, constant([-99, 0, -99, 0, -99, 0, -99, 0])])]);
  const second = net.convRelu(half, 8, { kernel: 3, stride: 2 });
  return networkFrom(net.build(net.dense(net.flatten(second), 4)).graph);
}

describe('occlusion computed where windows change something equals occlusion in full', () => {
  it.each(Object.entries({ plain, inception, residual, signal }))('on %s', async (_, make) => {
    await expectEqual(networkFrom(make(1).graph));
  });

  it('with dead channels', () => expectEqual(deadChannels()));

  it('on random networks', async () => {
    for (const seed of [11, 12, 13]) {
      await expectEqual(networkFrom(randomNetwork(seed).graph));
    }
  });

  it.skipIf(!hasShared).each(['conv1d', 'vgg-bn', 'resnet', 'inception-lrn', 'mobilenet', 'group-dilated'])(
    `on %s${needsShared}`,
    async (name) => expectEqual(await loadNetwork({ weights: shared('golden', name, 'model.onnx') })),
  );

  it('and is the same for any batch', async () => {
    const network = networkFrom(inception(1).graph);
    const maps = [];
    for (const batch of [1, 3, 64]) maps.push(await occluded(new Everywhere(network, { batch }), 8, 5));
    expect(maps[1]).toEqual(maps[0]);
    expect(maps[2]).toEqual(maps[0]);
  });
});

describe('where computing what changes pays', () => {
  const network = networkFrom(plain(1, [3, 128, 128]).graph);

  async function explained(settings: MethodSettings[], options: ExplainOptions = {}): Promise<Explained[]> {
    const composites = Object.fromEntries(settings.map((own, i) => [`m${i}`, own]));
    const set = await createExplainers(onnxruntime, network, Object.keys(composites), {
      composites,
      ...options,
    });
    const found = await set.explain([{ id: 'x', input: inputOf(network), target: 2 }]);
    await set.release();
    return found.map(([one]) => one as Explained);
  }

  // All but the input itself, or all but all and none of the segments.
  it.each([
    [{ id: 'occlusion', window: 32, stride: 32 }, 17, 16],
    [{ id: 'partition-shap', cells: 3 }, 68, 66],
    [{ id: 'kernel-shap', cells: [2, 3] }, 64, 62],
  ])(
    '%o takes %i passes, %i of them incremental, and gives the numbers of full ones',
    async (settings, passes, incrementalPasses) => {
      const [local] = await explained([settings]);
      const [full] = await explained([settings], { inference: 'full' });
      expect(local).toMatchObject({ passes, incrementalPasses });
      expect(full?.passes).toBe(passes);
      expect(full).not.toHaveProperty('incrementalPasses');
      expect(relativeError(local?.relevance ?? [], full?.relevance ?? [])).toBeLessThan(1e-5);
    },
  );

  it('drawn coalitions are computed whole where they are far from all others', async () => {
    const settings = { id: 'kernel-shap', cells: 5, samples: 100 };
    const [local] = await explained([settings]);
    const [full] = await explained([settings], { inference: 'full' });
    const { passes = 0, incrementalPasses = 0 } = local ?? {};
    expect([incrementalPasses > 10, incrementalPasses < passes - 10]).toEqual([true, true]);
    expect(relativeError(local?.relevance ?? [], full?.relevance ?? [])).toBeLessThan(1e-5);
  });

  it('numbers do not depend on the methods beside them', async () => {
    const settings: MethodSettings[] = [
      { id: 'kernel-shap', cells: [2, 3] },
      { id: 'partition-shap', cells: [2, 3] },
      { id: 'lime', cells: [2, 3], samples: 40 },
      { id: 'partition-shap', cells: [2, 3], output: 'probability' },
    ];
    const together = await explained(settings);
    for (const [i, own] of settings.entries()) {
      expect(together[i]?.relevance).toEqual((await explained([own], { batch: 7 }))[0]?.relevance);
    }
    expect(together.at(-1)?.passes).toBe(0);
  });

  it('other methods open no session for it', async () => {
    let opened = 0;
    const counting: Engine = {
      name: 'counting',
      load(graph, options) {
        opened++;
        return onnxruntime.load(graph, options);
      },
    };
    await (await createExplainers(counting, network, ['rise', 'lime', 'gradient', 'score-cam'])).release();
    expect(opened).toBe(2);
  });
});

describe('ways through coalitions', () => {
  const coalitions = (...bits: string[]) => bits.map((own) => Uint8Array.from(own, Number));
  const list = coalitions('0000', '0001', '0011', '1111', '0111', '1000');

  it('are the shortest from the one before, from all segments or from none', () => {
    expect(waysOf(list)).toEqual([
      { from: 'none', segments: [] },
      { from: 'none', segments: [3] },
      { from: 'before', segments: [2] },
      { from: 'all', segments: [] },
      { from: 'all', segments: [0] },
      { from: 'none', segments: [0] },
    ]);
  });

  it('become walks from all and from none, also to what is far from all but what follows', () => {
    const plainly = (bits: string[], most: number) => {
      const { runs, alone } = routesOf(coalitions(...bits), most, (segment, kept) =>
        Float32Array.of(segment, Number(kept)),
      );
      const shown = runs.map(({ base, walks, looks }) => ({
        base: keyOf(base),
        walks: walks.map(({ units, patch, looks }) => [Array.from(units, (_, k) => [...patch(k)]), looks]),
        looks: looks.map(keyOf),
      }));
      return { runs: shown, alone: alone.map(keyOf) };
    };
    expect(plainly(list.map(keyOf), 9)).toEqual({
      runs: [
        { base: '1111', walks: [[[[0, 0]], [1]]], looks: ['0111'] },
        { base: '0000', walks: [[[[3, 1], [2, 1]], [1, 2]], [[[0, 1]], [1]]], looks: ['0001', '0011', '1000'] },
      ],
      alone: [],
    }); // biome-ignore format: one line
    expect(plainly(['0011', '0111', '1010', '0110', '1000'], 1)).toEqual({
      runs: [
        { base: '1111', walks: [[[[0, 0]], [1]]], looks: ['0111'] },
        { base: '0000', walks: [[[[0, 1]], [1]]], looks: ['1000'] },
      ],
      alone: ['0011', '1010', '0110'],
    }); // biome-ignore format: one line
    // The second one is far from all others, but the third one is reached from there.
    expect(plainly(['11110000', '11100001', '11100011', '00111100', '10000000'], 1)).toEqual({
      runs: [
        {
          base: '11111111',
          walks: [[[[3, 0], [4, 0], [5, 0], [6, 0], [6, 1]], [4, 5]]],
          looks: ['11100001', '11100011'],
        },
        { base: '00000000', walks: [[[[0, 1]], [1]]], looks: ['10000000'] },
      ],
      alone: ['11110000', '00111100'],
    }); // biome-ignore format: one line
  });
});
