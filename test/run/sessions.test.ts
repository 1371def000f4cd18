import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import type { Graph } from '../../src/graph/graph.js';
import { evaluateAll } from '../evaluation/evaluate.js';
import { inception } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from './experiment.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-sessions-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Images of a network that is perturbed incrementally, with some keys of the experiment changed. */
function experiment(images: number, changes: Readonly<Record<string, unknown>>): string {
  const { graph, inputShape } = inception(1, [3, 96, 96]);
  return writeExperiment(folder, graph, randomInputs(images, inputShape), {
    methods: ['lrp-zplus', 'sensitivity-l2', 'random'],
    perturbation: { region: 6, steps: 4 },
    ...changes,
  });
}

/** What a session is for, by what its graph returns. */
function purpose({ inputs, outputs }: Graph): string {
  if (outputs.includes('ledger')) return 'check';
  if (outputs.some((name) => name.startsWith('relevance/'))) return 'explanation';
  return inputs[0]?.name === 'input' ? 'forward' : 'perturbation';
}

/** An engine that writes down which sessions are open whenever one is loaded, and that keep their memory. */
function watched() {
  const open: string[] = [];
  const states: string[] = [];
  const keeping = new Set<string>();
  const engine: Engine = {
    name: 'watched',
    async load(graph, options) {
      const kind = purpose(graph);
      if (options?.keepMemory !== false) keeping.add(kind);
      open.push(kind);
      states.push([...new Set(open)].join(' '));
      const session = await onnxruntime.load(graph, options);
      return {
        ...session,
        async release() {
          open.splice(open.indexOf(kind), 1);
          await session.release();
        },
      };
    },
  };
  return { engine, open, states, keeping };
}

it('has nothing large loaded beside a check, and loads the rest once', async () => {
  const { engine, open, states, keeping } = watched();
  await evaluateAll(experiment(4, { sanity: { images: 1, stages: 2 } }), engine);
  expect(states.filter((state, i) => state !== states[i - 1])).toEqual([
    'forward',
    'forward check', // of the first image
    'forward explanation',
    'forward explanation perturbation',
    'forward explanation', // of the first image's re-initialised networks, one after the other
    'forward check', // of the second image
    'forward explanation',
    'forward explanation perturbation', // from here on
  ]);
  expect(open).toEqual([]);
  // What is computed in full runs full batches; here nothing is.
  expect([...keeping]).toEqual([]);
});

it('ends when a method does not fit the network, instead of leaving out image by image', async () => {
  const path = experiment(1, { composites: { bounded: [{ rule: 'zbox' }] }, methods: ['bounded'] });
  await expect(evaluateAll(path)).rejects.toThrow('low and high');
});
