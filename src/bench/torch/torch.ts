import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENGINES } from '../../engine/engines.js';
import { InputError } from '../../errors.js';
import { createExplainers } from '../../explain/explainer.js';
import { interleave, type Measured, median, medianRatio, processorTime } from '../clock.js';
import { inputBatch, type MeasuredNetwork } from '../measured-network.js';
import { writeTorchNetwork } from './write.js';

/** Debian's Python, which sees Debian's python3-torch. */
const PYTHON = '/usr/bin/python3';
/** Plain Python, which needs no build: it lies in src/ only and is found from src/ and from dist/ alike. */
const SCRIPT = fileURLToPath(new URL('../../../src/bench/torch/network.py', import.meta.url));

/** The same network, batch and number of threads in PyTorch. */
export interface TorchCosts {
  readonly version: string;
  readonly forwardMs: number;
  readonly sensitivityMs: number;
  /** PyTorch's time over heatproof's. */
  readonly forwardRatio: number;
  readonly sensitivityRatio: number;
  /** Largest difference of a logit, as a share of the largest logit: both compute the same thing. */
  readonly logitsDifference: number;
}

/**
 * Measures forward passes and sensitivities (autograd) of PyTorch and of heatproof side by side, one thread each.
 * @throws InputError when there is no PyTorch
 */
export async function measureTorch(
  measured: MeasuredNetwork,
  batch: number,
  repeats: number,
): Promise<TorchCosts> {
  const { network } = measured;
  const engine = ENGINES[measured.engine];
  const folder = await mkdtemp(join(tmpdir(), 'heatproof-torch-'));
  const { requests, feeds } = inputBatch(measured, batch);
  const session = await engine.load(network.graph);
  const explainer = await createExplainers(engine, network, ['sensitivity-l2'], { batch });
  let torch: TorchProcess | undefined;
  try {
    await writeTorchNetwork(folder, network.graph, feeds.input);
    torch = await TorchProcess.start(folder);
    const seconds = await interleave(
      {
        forward: processorTime(() => session.run(feeds)),
        torchForward: torch.measure('forward'),
        sensitivity: processorTime(() => explainer.explain(requests)),
        torchSensitivity: torch.measure('gradient'),
      },
      repeats,
    );
    const [logits] = Object.values(await session.run(feeds));
    return {
      version: torch.version,
      forwardMs: (1000 * median(seconds.torchForward)) / batch,
      sensitivityMs: (1000 * median(seconds.torchSensitivity)) / batch,
      forwardRatio: medianRatio(seconds.torchForward, seconds.forward),
      sensitivityRatio: medianRatio(seconds.torchSensitivity, seconds.sensitivity),
      logitsDifference: relativeDifference(torch.logits, logits?.data as Float32Array),
    };
  } finally {
    torch?.stop();
    await explainer.release();
    await session.release();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A Python process that holds the network and does one thing a line. */
class TorchProcess {
  private constructor(
    readonly process: ChildProcess,
    readonly lines: AsyncIterator<string>,
    readonly version: string,
    readonly logits: readonly number[],
  ) {}

  static async start(folder: string): Promise<TorchProcess> {
    if (!existsSync(PYTHON)) throw noTorch(`no ${PYTHON}`);
    const child = spawn(PYTHON, [SCRIPT, folder, '1'], { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaints = '';
    child.stderr.on('data', (text) => {
      complaints += text;
    });
    const output: Interface = createInterface({ input: child.stdout });
    const lines = output[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) throw noTorch(complaints.trim().split('\n').at(-1) ?? '');
    const { torch, logits } = JSON.parse(first.value) as { torch: string; logits: number[] };
    return new TorchProcess(child, lines, torch, logits);
  }

  measure(what: 'forward' | 'gradient'): Measured {
    return async () => {
      this.process.stdin?.write(`${what}\n`);
      const line = await this.lines.next();
      if (line.done) throw new Error(`PyTorch ended while it computed: ${what}`);
      return (JSON.parse(line.value) as { seconds: number }).seconds;
    };
  }

  stop(): void {
    this.process.stdin?.end();
  }
}

function noTorch(reason: string): InputError {
  return new InputError(`--torch: expected PyTorch (Debian: apt-get install python3-torch), got: ${reason}`);
}

function relativeDifference(a: readonly number[], b: Float32Array): number {
  let [largest, difference] = [0, 0];
  b.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - (a[i] as number)));
  });
  return difference / largest;
}
