import type { InstalledEngine } from '../engine/engine.js';
import { ENGINES, type EngineName } from '../engine/engines.js';
import { InputError } from '../errors.js';
import { createExplainers, type Explained } from '../explain/explainer.js';
import { sizeOf } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { randomStream } from '../random.js';

/** What every engine computes of the same inputs. */
const METHODS = ['gradient', 'lrp-alpha2-beta1'] as const;
const IMAGES = 4;

/** How an engine did; `problem` says why it cannot be used. */
export interface EngineCheck {
  readonly engine: EngineName;
  readonly name: string;
  readonly problem?: string;
  readonly results?: readonly EngineResult[];
}

export interface EngineResult {
  readonly what: 'forward' | (typeof METHODS)[number];
  /** ||x - y|| / ||y|| in the 2-norm, y being what the first engine that can be used computes. */
  readonly difference: number;
  /** Time on the wall for one image; that of an explanation includes its forward pass. */
  readonly milliseconds: number;
}

/** Computes logits and explanations of noise on every engine, and compares the engines. */
export async function checkEngines(network: Network): Promise<EngineCheck[]> {
  const checks: EngineCheck[] = [];
  let reference: readonly Computed[] | undefined;
  for (const [engine, installed] of Object.entries(ENGINES) as [EngineName, InstalledEngine][]) {
    const { name } = installed;
    try {
      const computed = await compute(installed, network);
      reference ??= computed;
      checks.push({ engine, name, results: compared(computed, reference) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      checks.push({ engine, name, problem: error.message });
    }
  }
  return checks;
}

interface Computed {
  readonly what: EngineResult['what'];
  readonly numbers: readonly Float32Array[];
  readonly milliseconds: number;
}

async function compute(engine: InstalledEngine, network: Network): Promise<Computed[]> {
  await engine.ready();
  const { inputShape, graph } = network;
  const inputs = Array.from({ length: IMAGES }, (_, i) =>
    randomStream(1, 'engines', i).uniforms(sizeOf(inputShape), -1, 1),
  );
  const computed: Computed[] = [];
  const session = await engine.load(graph);
  const feeds = inputs.map((data) => ({
    input: { type: 'float32' as const, dims: [1, ...inputShape], data },
  }));
  computed.push(
    await timed('forward', async () => {
      const numbers: Float32Array[] = [];
      for (const feed of feeds) numbers.push((await session.run(feed)).logits?.data as Float32Array);
      return numbers;
    }),
  );
  await session.release();
  for (const method of METHODS) {
    const explainers = await createExplainers(engine, network, [method], { batch: IMAGES });
    const requests = inputs.map((input, i) => ({ id: String(i), input, target: 0 }));
    computed.push(
      await timed(method, async () =>
        ((await explainers.explain(requests))[0] ?? []).map((one) => (one as Explained).relevance),
      ),
    );
    await explainers.release();
  }
  return computed;
}

/** Done once before it is timed: first runs allocate memory. */
async function timed(what: Computed['what'], work: () => Promise<Float32Array[]>): Promise<Computed> {
  await work();
  const started = performance.now();
  const numbers = await work();
  return { what, numbers, milliseconds: (performance.now() - started) / IMAGES };
}

function compared(computed: readonly Computed[], reference: readonly Computed[]): EngineResult[] {
  return computed.map(({ what, numbers, milliseconds }, i) => {
    const expected = (reference[i] as Computed).numbers;
    const difference = Math.max(...numbers.map((one, k) => relative(one, expected[k] as Float32Array)));
    return { what, difference, milliseconds };
  });
}

function relative(actual: Float32Array, expected: Float32Array): number {
  let [difference, norm] = [0, 0];
  for (const [i, value] of expected.entries()) {
    difference += ((actual[i] as number) - value) ** 2;
    norm += value ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}
