import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { builtHere, type Ended, type Running, type StartOptions, startHeatproof } from '../cli/heatproof.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from './experiment.js';

/** How many images a small run has. */
export const IMAGES = 16;

/** A real experiment that takes a second or two, in a folder of its own, and runs of it by the built command line. */
export class SmallRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'heatproof-run-'));
  readonly inputs = join(this.folder, 'inputs');
  readonly config: string;

  constructor(changes: Readonly<Record<string, unknown>> = {}) {
    this.config = this.write(changes);
  }

  /** Writes the experiment, with some of its keys changed. */
  write(changes: Readonly<Record<string, unknown>>): string {
    const { graph, inputShape } = plain(1);
    return writeExperiment(this.folder, graph, randomInputs(IMAGES, inputShape), {
      methods: ['lrp-zplus', 'random'],
      perturbation: { region: 4, steps: 40, repeats: 2 },
      heatmaps: 3,
      ...changes,
    });
  }

  /** The path of a results directory. */
  out(name: string): string {
    return join(this.folder, name);
  }

  /** Starts a process. */
  start(name: string, args: readonly string[] = [], options: StartOptions = {}): Running {
    return startHeatproof(['run', this.config, '--out', this.out(name), '--quiet', ...args], options);
  }

  /** Runs in this process. */
  run(name: string, args: readonly string[] = []): Promise<Ended> {
    return builtHere(['run', this.config, '--out', this.out(name), '--quiet', ...args]);
  }

  /** Runs to the end, in this process, and returns the results directory. */
  async finish(name: string, args: readonly string[] = []): Promise<string> {
    expect(await this.run(name, args)).toMatchObject({ code: 0, stderr: '' });
    return this.out(name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
