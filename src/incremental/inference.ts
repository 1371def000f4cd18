import type { Engine } from '../engine/engine.js';
import { logitsName } from '../graph/graph.js';
import { floatTensor } from '../graph/tensor.js';
import type { Rect } from '../input/units.js';
import { type Interval, length } from './axes.js';
import { Buffers } from './buffers.js';
import { passesOf, type Walk } from './passes.js';
import { type Group, layOut, type PatchLayout } from './patch-layout.js';
import { changedIn, channelsOf, type IncrementalPlan } from './plan.js';
import { baseRowCount, constantRows, emptyRows, rowNumbers, writeRows } from './rows.js';
import { loadSegment, loadTail, patchTensors, type Rows, runStage, type Stage } from './stage.js';

/** All values of a base image as rows, without constants. */
type Base = ReadonlyMap<string, Float32Array>;

export interface IncrementalOptions {
  /** States that go through the tail at a time at least. */
  readonly batch: number;
  /** Bytes that what changed may take at a time; 64 MiB. One step is always computed, however large. */
  readonly memory?: number;
}

const DEFAULT_MEMORY = 2 ** 26;

/** What a step takes of the tail: one state, or nothing. */
const LOOK: Rect = { top: 0, left: 0, height: 1, width: 1 };
const NO_LOOK: Rect = { ...LOOK, height: 0, width: 0 };

/**
 * Exact incremental inference: step k differs from step k-1 in one rectangle, so in every value only a patch changes, and all
 * steps are known beforehand. Segment after segment, the patches of all steps of all walks are computed in common batches;
 * each step reads windows of what the steps before it left behind. The base image is computed once. The tail is computed for
 * the states that are looked at; where several units are replaced in between, each is a step of its own.
 */
export class IncrementalInference {
  readonly #plan: IncrementalPlan;
  readonly #stages: readonly Stage[];
  readonly #tail: Stage;
  readonly #input: string;
  readonly #output: string;
  readonly classes: number;
  /** Steps that are computed at a time at most. */
  readonly #limit: number;
  /** Constants that vary over space, as rows. */
  readonly #constants: ReadonlyMap<string, Float32Array>;
  readonly #buffers: Buffers;
  /** Where every segment changes, for every interval of rows and of columns. */
  readonly #changed: readonly [Interval[][], Interval[][]];
  /** Values that nobody reads after a segment. */
  readonly #finished: readonly string[][];

  /** Opens all sessions, or none. */
  static async load(
    engine: Engine,
    plan: IncrementalPlan,
    { batch, memory = DEFAULT_MEMORY }: IncrementalOptions,
  ): Promise<IncrementalInference> {
    const stages: Stage[] = [];
    try {
      for (const segment of plan.segments) stages.push(await loadSegment(engine, plan, segment));
      return new IncrementalInference(plan, stages, await loadTail(engine, plan, batch), memory);
    } catch (error) {
      for (const { session } of stages) await session.release();
      throw error;
    }
  }

  private constructor(plan: IncrementalPlan, stages: readonly Stage[], tail: Stage, memory: number) {
    this.#plan = plan;
    this.#stages = stages;
    this.#tail = tail;
    this.#input = plan.graph.inputs[0]?.name as string;
    this.#output = logitsName(plan.graph);
    this.classes = plan.shapes.get(this.#output)?.[1] as number;
    const aligned = new Set(plan.segments.flatMap((segment) => segment.aligned));
    const constants = [...aligned].filter((name) => plan.graph.constants.has(name));
    this.#constants = new Map(constants.map((name) => [name, constantRows(plan, name)]));
    this.#changed = [
      plan.spans.intervals[0].map((interval) => changedIn(plan, 0, interval)),
      plan.spans.intervals[1].map((interval) => changedIn(plan, 1, interval)),
    ];
    this.#finished = lastReads([...stages, tail], plan.home);
    const { BYTES_PER_ELEMENT } = Float32Array;
    const step = this.#numbersPerStep();
    this.#limit = Math.max(1, Math.floor(memory / (step * BYTES_PER_ELEMENT)));
    const values = [this.#input, ...stages.flatMap(({ patches }) => patches)];
    const base = values.reduce((sum, value) => sum + rowNumbers(plan, value), 0);
    // The base of the image, that of a piece of a trajectory, what open values hold of it, and room for gaps.
    this.#buffers = new Buffers(3 * base + Math.ceil(1.5 * this.#limit * step));
  }

  /**
   * Hands the logits of all looks at walks that start at an image to `receive`, one walk behind the other; they are views.
   * @returns the logits of the image itself
   */
  async run(
    image: Float32Array,
    walks: readonly Walk[],
    receive: (logits: Float32Array, look: number) => void,
  ): Promise<Float32Array> {
    const { classes } = this;
    const base = await this.#base(image);
    let logits = new Float32Array();
    let look = 0;
    for (const pass of passesOf(image, walks, this.#plan.spans.units, this.#limit)) {
      const start = pass.image === image ? base : await this.#base(pass.image);
      const rows = await this.#pass(start, pass.walks);
      const own = rows.length - classes;
      for (let at = 0; at < own; at += classes) receive(rows.subarray(at, at + classes), look++);
      if (start === base) logits = rows.slice(own);
      else this.#giveBack(start);
    }
    this.#giveBack(base);
    return logits;
  }

  /** Computes the image as a whole. To be given back. */
  async #base(image: Float32Array): Promise<Base> {
    const plan = this.#plan;
    const rows = new Map<string, Float32Array>();
    const start = (value: string) => rows.set(value, emptyRows(plan, value, this.#buffers));
    const read = (value: string) => this.#baseRows(rows, value);
    const into = (value: string) => ({ ...read(value), channels: channelsOf(plan, value), firstRow: 0 });
    start(this.#input);
    writeRows(image, channelsOf(plan, this.#input), read(this.#input).data, 0);
    for (const [i, { size }] of plan.segments.entries()) {
      const stage = this.#stages[i] as Stage;
      for (const value of stage.patches) start(value);
      const layout = layOut([{ top: 0, left: 0, height: size[0], width: size[1] }]);
      await runStage(stage, layout, [1], read, (...windows) => patchTensors(stage, into, ...windows));
    }
    return rows;
  }

  #giveBack(base: Base): void {
    for (const rows of base.values()) this.#buffers.give(rows);
  }

  #baseRows(base: Base, value: string): Rows {
    return { data: (base.get(value) ?? this.#constants.get(value)) as Float32Array };
  }

  /** Logits of all looks at the walks of a pass, one walk behind the other, and at last those of the base image. */
  async #pass(base: Base, walks: readonly Walk[]): Promise<Float32Array> {
    const plan = this.#plan;
    const units = walks.flatMap((walk) => [...walk.units]);
    const counts = walks.map((walk) => walk.units.length);
    const open = new Map<string, Rows>();
    const read = (value: string) => open.get(value) ?? this.#baseRows(base, value);
    const into = (value: string) => ({
      ...read(value),
      channels: channelsOf(plan, value),
      firstRow: baseRowCount(plan, value),
    });
    const start = (value: string, layout: PatchLayout) => {
      const rows = base.get(value) as Float32Array;
      const data = this.#buffers.take(rows.length + layout.rowCount * channelsOf(plan, value));
      data.set(rows);
      open.set(value, { data, layout });
    };

    const layout = layOut(units.map((unit) => plan.spans.units.rectangles(unit)[0] as Rect));
    start(this.#input, layout);
    this.#writePatches(into(this.#input), layout, walks);
    for (const [i, stage] of this.#stages.entries()) {
      const layout = layOut(units.map((unit) => this.#changedRect(unit, i)));
      for (const value of stage.patches) start(value, layout);
      await runStage(stage, layout, counts, read, (...windows) => patchTensors(stage, into, ...windows));
      for (const value of this.#finished[i] ?? []) this.#buffers.give(open.get(value)?.data);
    }
    const logits = await this.#lookAt(walks, read);
    for (const value of this.#finished.at(-1) ?? []) this.#buffers.give(open.get(value)?.data);
    return logits;
  }

  async release(): Promise<void> {
    for (const { session } of [...this.#stages, this.#tail]) await session.release();
  }

  /** The most numbers that one step takes while all stages run one after the other. */
  #numbersPerStep(): number {
    const { home, spans } = this.#plan;
    const most = (axis: 0 | 1, segment: number) =>
      spans.intervals[axis].reduce((largest, unit, i) => {
        const changed = segment < 0 ? unit : (this.#changed[axis][i]?.[segment] as Interval);
        return Math.max(largest, length(changed));
      }, 0);
    const numbers = (value: string) => {
      const segment = home.get(value) as number;
      return most(0, segment) * most(1, segment) * channelsOf(this.#plan, value);
    };
    let open = numbers(this.#input);
    let peak = open;
    for (const [i, stage] of this.#stages.entries()) {
      open += stage.patches.reduce((sum, value) => sum + numbers(value), 0);
      peak = Math.max(peak, open);
      open -= (this.#finished[i] ?? []).reduce((sum, value) => sum + numbers(value), 0);
    }
    return peak;
  }

  /** Runs the tail on whole values, at each look and at last for the base image. */
  async #lookAt(walks: readonly Walk[], read: (value: string) => Rows): Promise<Float32Array> {
    const looks = walks.reduce((sum, walk) => sum + walk.looks.length, 0);
    // The base image is never alone: see batchSizes.
    const bases = looks > 0 ? 1 : 2;
    const looked = walks.flatMap(({ units, looks }) => {
      const at = new Set(looks);
      return Array.from(units, (_, step) => at.has(step + 1));
    });
    const layout = layOut(
      [...looked, ...new Array<boolean>(bases).fill(true)].map((look) => (look ? LOOK : NO_LOOK)),
    );
    const counts = [...walks.map(({ units }) => units.length), ...new Array<number>(bases).fill(1)];
    const { classes } = this;
    const logits = new Float32Array((looks + bases) * classes);
    const into = (_: Group, from: number, count: number) => ({
      [this.#output]: floatTensor(
        [count, classes],
        logits.subarray(from * classes, (from + count) * classes),
      ),
    });
    await runStage(this.#tail, layout, counts, read, into);
    return logits.subarray(0, (looks + 1) * classes);
  }

  #writePatches(
    { data, channels, firstRow }: { data: Float32Array; channels: number; firstRow: number },
    { rows }: PatchLayout,
    walks: readonly Walk[],
  ): void {
    let at = 0;
    for (const { units, patch } of walks) {
      for (let step = 0; step < units.length; step++) {
        writeRows(patch(step), channels, data, firstRow + (rows[at++] as number));
      }
    }
  }

  /** What a segment computes when a unit is replaced. */
  #changedRect(unit: number, segment: number): Rect {
    const [rowsOf, columnsOf] = this.#plan.spans.ofUnit;
    const rows = this.#changed[0][rowsOf[unit] as number]?.[segment] as Interval;
    const across = this.#changed[1][columnsOf[unit] as number]?.[segment] as Interval;
    return { top: rows.first, left: across.first, height: length(rows), width: length(across) };
  }
}

/** For every stage, the values that change and that no later stage reads. */
function lastReads(stages: readonly Stage[], home: IncrementalPlan['home']): string[][] {
  const last = new Map<string, number>();
  for (const [i, { reads, patches }] of stages.entries()) {
    const values = [...patches, ...reads.map((read) => read.value)];
    for (const value of values) if (home.has(value)) last.set(value, i);
  }
  return stages.map((_, i) => [...last].flatMap(([value, at]) => (at === i ? [value] : [])));
}
