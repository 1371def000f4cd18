import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BYTES, createProgress, IMAGES } from '../../src/cli/progress.js';

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
  it('writes one line a percent where there is no terminal, with rate and time left', () => {
    const { written, output } = capture(false);
    const progress = createProgress('net', false, BYTES, output);
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
    const progress = createProgress('net', false, BYTES, output);
    progress.update(100e6, 200e6);
    vi.advanceTimersByTime(10_000);
    progress.update(120e6, 200e6);
    progress.update(0, 200e6);
    vi.advanceTimersByTime(1000);
    progress.update(10e6, 200e6);
    expect(written.slice(1)).toEqual([
      ' 60 %  net  120.0 of 200.0 MB  2.0 MB/s  40 s left\n',
      '  0 %  net  0.000 of 200.0 MB\n',
      '  5 %  net  10.0 of 200.0 MB  10.0 MB/s  19 s left\n',
    ]);
  });

  it('counts images, by the second or in seconds each, and hours', () => {
    const { written, output } = capture(false);
    const progress = createProgress('run', false, IMAGES, output);
    progress.update(10, 1000);
    vi.advanceTimersByTime(2000);
    progress.update(20, 1000);
    vi.advanceTimersByTime(120_000);
    progress.update(30, 1000);
    vi.advanceTimersByTime(1_002_000);
    progress.update(50, 1000);
    expect(written).toEqual([
      '  1 %  run  10/1000\n',
      '  2 %  run  20/1000  5.0 images/s  3 min 16 s left\n',
      '  3 %  run  30/1000  6.1 s/image  1 h 38 min left\n',
      '  5 %  run  50/1000  28.1 s/image  7 h 24 min left\n',
    ]);
  });

  it('has nothing to say of nothing', () => {
    const { written, output } = capture(false);
    createProgress('run', false, IMAGES, output).update(0, 0);
    expect(written).toEqual([]);
  });

  it('draws a bar on a terminal, not too often, and takes it away', () => {
    const { written, output } = capture(true);
    const progress = createProgress('net', false, BYTES, output);
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
    const progress = createProgress('net', true, BYTES, output);
    progress.update(50, 100);
    progress.end();
    expect(written).toEqual([]);
  });
});
