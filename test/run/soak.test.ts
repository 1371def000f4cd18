import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import { commandOf } from '../cli/heatproof.js';
import { NetworkWriter } from '../perturbation/networks.js';
import { lineCount } from './directories.js';
import { writeExperiment } from './experiment.js';

const UNITS = 2000;
const INPUT_SHAPE = [3, 8, 8];

/** Resident memory of a process in kB, as Linux counts it. */
const statusOf = (pid: number) => `/proc/${pid}/status`;
const hasProc = existsSync(statusOf(process.pid));

describe('a long run', () => {
  let folder: string;
  let config: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-soak-'));
    const network = new NetworkWriter(1, INPUT_SHAPE);
    const features = network.flatten(network.convRelu(network.input, 4, { kernel: 3 }));
    const inputs = Array.from({ length: UNITS }, (_, i) => [
      `x${i}`,
      randomStream('soak', i).normals(3 * 8 * 8),
    ]);
    config = writeExperiment(
      folder,
      network.build(network.dense(features, 4)).graph,
      Object.fromEntries(inputs),
      {
        methods: ['lrp-zplus', 'sensitivity-l2', 'random'],
        perturbation: { region: 2, steps: 8 },
        heatmaps: 10,
      },
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.skipIf(!hasProc)(
    `holds no more memory after ${UNITS} units than after a fifth of them, give or take a tenth`,
    async () => {
      const out = join(folder, 'out');
      const child = spawn(commandOf()[0], [commandOf()[1], 'run', config, '--out', out, '--workers', '2'], {
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      const journal = join(out, 'journal.jsonl');
      const samples: { done: number; memory: number }[] = [];
      while (existsSync(statusOf(child.pid as number))) {
        const status = readFileSync(statusOf(child.pid as number), 'utf8');
        const memory = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
        const done = existsSync(journal) ? lineCount(journal) : 0;
        if (memory > 0 && done < UNITS) samples.push({ done, memory });
        await setTimeout(50);
      }
      expect((await ended)[0]).toBe(0);
      expect(lineCount(journal)).toBe(UNITS);
      const [warm, ...later] = samples.filter(({ done }) => done > UNITS / 5).map(({ memory }) => memory);
      expect(later.length).toBeGreaterThan(10);
      expect(Math.max(...later)).toBeLessThan(1.1 * (warm as number));
    },
  );
});
