import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BYTES, countedSamples, createProgress, showing } from '../../src/cli/progress.js';
import { IMAGES } from '../../src/input/called.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const capture = (isTTY: boolean) => {
  const written: string[] = [];
  return { written, output: { isTTY, write: (text: string) => written.push(text) } };
};

describe('createProgress', () => {
  it('writes lines by time where there is no terminal, with rate and time left', () => {
    const { written, output } = capture(false);
    const progress = createProgress('net', { quiet: false, counted: BYTES, output });
    progress.update(0, 200e6);
    vi.advanceTimersByTime(10_000);
    progress.update(50e6, 200e6);
    progress.update(50.5e6, 200e6);
    vi.advanceTimersByTime(30_000);
    progress.update(200e6, 200e6);
    progress.end();
    expect(written).toEqual([
      '  0 %  net  0.000 of 200.0 MB\n',
      ' 25 %  net  50.0 of 200.0 MB  5.0 MB/s  30 s left\n',
      '100 %  net  200.0 of 200.0 MB  5.0 MB/s  0 s left\n',
    ]);
  });

  it('counts only what came now into the rate, and anew after starting over', () => {
    const { written, output } = capture(false);
    const progress = createProgress('net', { quiet: false, counted: BYTES, output });
    progress.update(100e6, 200e6);
    vi.advanceTimersByTime(10_000);
    progress.update(120e6, 200e6);
    progress.update(0, 200e6);
    vi.advanceTimersByTime(10_000);
    progress.update(10e6, 200e6);
    expect(written.slice(1)).toEqual([
      ' 60 %  net  120.0 of 200.0 MB  2.0 MB/s  40 s left\n',
      '  0 %  net  0.000 of 200.0 MB\n',
      '  5 %  net  10.0 of 200.0 MB  1.0 MB/s  3 min 10 s left\n',
    ]);
  });

  it('counts images, by the second or in seconds each, and hours', () => {
    const { written, output } = capture(false);
    const progress = createProgress('run', { quiet: false, counted: countedSamples(IMAGES), output });
    progress.update(10, 1000);
    vi.advanceTimersByTime(10_000);
    progress.update(20, 1000);
    vi.advanceTimersByTime(120_000);
    progress.update(30, 1000);
    vi.advanceTimersByTime(1_002_000);
    progress.update(50, 1000);
    expect(written).toEqual([
      '  1 %  run  10/1000\n',
      '  2 %  run  20/1000  1.0 images/s  16 min 20 s left\n',
      '  3 %  run  30/1000  6.5 s/image  1 h 45 min left\n',
      '  5 %  run  50/1000  28.3 s/image  7 h 28 min left\n',
    ]);
  });

  it('does not count the start of workers into the rate', () => {
    const { written, output } = capture(false);
    const progress = createProgress('run', {
      quiet: false,
      counted: countedSamples(IMAGES),
      startUp: 2,
      output,
    });
    progress.update(5, 100);
    for (const [seconds, done] of [
      [30, 6],
      [1, 7],
      [10, 8],
      [9, 9],
      [1, 10],
    ] as const) {
      // biome-ignore format: pairs
      vi.advanceTimersByTime(1000 * seconds);
      progress.update(done, 100);
    }
    expect(written).toEqual([
      '  5 %  run  5/100\n',
      '  6 %  run  6/100\n',
      '  8 %  run  8/100  10.0 s/image  15 min 20 s left\n',
      ' 10 %  run  10/100  6.7 s/image  10 min 0 s left\n',
    ]);
  });

  it('writes a line a minute where it takes long', () => {
    const { written, output } = capture(false);
    const progress = createProgress('run', { quiet: false, counted: countedSamples(IMAGES), output });
    for (let second = 0; second < 1200; second++) {
      progress.update(second, 10_000);
      vi.advanceTimersByTime(1000);
    }
    expect(written).toHaveLength(60 + 10);
  });

  it('has nothing to say of nothing', () => {
    const { written, output } = capture(false);
    createProgress('run', { quiet: false, counted: countedSamples(IMAGES), output }).update(0, 0);
    expect(written).toEqual([]);
  });

  it('draws a bar on a terminal, not too often, and takes it away', () => {
    const { written, output } = capture(true);
    const progress = createProgress('net', { quiet: false, counted: BYTES, output });
    vi.advanceTimersByTime(1000);
    progress.update(50e6, 100e6);
    progress.update(51e6, 100e6);
    progress.update(100e6, 100e6);
    progress.end();
    expect(written).toHaveLength(3);
    expect(written[0]).toBe(`\r[${'█'.repeat(14)}${'·'.repeat(14)}] net  50.0 of 100.0 MB\x1b[K`);
    expect(written[1]).toContain('100.0 of 100.0 MB');
    expect(written[2]).toBe('\r\x1b[K');
  });

  it('says nothing when quiet', () => {
    const { written, output } = capture(true);
    const progress = createProgress('net', { quiet: true, counted: BYTES, output });
    progress.update(50, 100);
    progress.end();
    expect(written).toEqual([]);
  });
});

describe('what cannot be counted', () => {
  it('is told on terminals only, and goes whatever happens', async () => {
    const [log, terminal] = [capture(false), capture(true)];
    expect(await showing('loading', async () => 7, log.output)).toBe(7);
    const failing = showing(
      'loading',
      async () => {
        throw new Error('no');
      },
      terminal.output,
    );
    await expect(failing).rejects.toThrow('no');
    expect(log.written).toEqual([]);
    expect(terminal.written).toEqual(['\rloading ...\x1b[K', '\r\x1b[K']);
  });
});
