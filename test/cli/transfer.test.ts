import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTransfer } from '../../src/cli/transfer.js';

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

describe('createTransfer', () => {
  it('writes one line a percent where there is no terminal, with rate and time left', () => {
    const { written, output } = capture(false);
    const transfer = createTransfer('net', 200e6, false, output);
    transfer.received(0);
    vi.advanceTimersByTime(10_000);
    transfer.received(50e6);
    transfer.received(50.5e6);
    vi.advanceTimersByTime(30_000);
    transfer.received(200e6);
    transfer.end();
    expect(written).toEqual([
      '  0 %  net  0.000 of 200.0 MB\n',
      ' 25 %  net  50.0 of 200.0 MB  5.0 MB/s  30 s left\n',
      '100 %  net  200.0 of 200.0 MB  5.0 MB/s  0 s left\n',
    ]);
  });

  it('counts only what came now into the rate, and anew after starting over', () => {
    const { written, output } = capture(false);
    const transfer = createTransfer('net', 200e6, false, output);
    transfer.received(100e6);
    vi.advanceTimersByTime(10_000);
    transfer.received(120e6);
    transfer.received(0);
    vi.advanceTimersByTime(1000);
    transfer.received(10e6);
    expect(written.slice(1)).toEqual([
      ' 60 %  net  120.0 of 200.0 MB  2.0 MB/s  40 s left\n',
      '  0 %  net  0.000 of 200.0 MB\n',
      '  5 %  net  10.0 of 200.0 MB  10.0 MB/s  19 s left\n',
    ]);
  });

  it('draws a bar on a terminal, not too often, and takes it away', () => {
    const { written, output } = capture(true);
    const transfer = createTransfer('net', 100e6, false, output);
    vi.advanceTimersByTime(1000);
    transfer.received(50e6);
    transfer.received(51e6);
    transfer.received(100e6);
    transfer.end();
    expect(written).toHaveLength(3);
    expect(written[0]).toBe(`\r[${'█'.repeat(14)}${'·'.repeat(14)}] net  50.0 of 100.0 MB\x1b[K`);
    expect(written[1]).toContain('100.0 of 100.0 MB');
    expect(written[2]).toBe('\r\x1b[K');
  });

  it('says nothing when quiet', () => {
    const { written, output } = capture(true);
    const transfer = createTransfer('net', 100, true, output);
    transfer.received(50);
    transfer.end();
    expect(written).toEqual([]);
  });
});
