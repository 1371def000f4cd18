import { describe, expect, it } from 'vitest';
import { formatTable } from '../../src/cli/table.js';

describe('formatTable', () => {
  it('aligns names left and numbers right', () => {
    expect(formatTable(['method', 'AOPC'], [['lrp', '1.5'], ['random', '-0.25']], 'right', 1, 40)).toBe(
      ['method   AOPC', '──────  ─────', 'lrp       1.5', 'random  -0.25'].join('\n'),
    ); // biome-ignore format: as it is printed
  });

  it('breaks the widest column at spaces until the table fits', () => {
    const table = formatTable(
      ['id', 'what it is'],
      [
        ['a', 'one two three four five'],
        ['b', 'six'],
      ],
      'left',
      1,
      15,
    );
    expect(table).toBe(['id  what it is', '──  ───────────', 'a   one two', '    three four', '    five', 'b   six'].join('\n')); // biome-ignore format: as it is printed
  });

  it('keeps together what a no-break space joins', () => {
    const table = formatTable(['id', 'value'], [['a', '1.5 [1.25,\u00a01.75]']], 'right', 1, 16);
    expect(table.split('\n').slice(2)).toEqual(['a            1.5', '    [1.25, 1.75]']);
  });

  it('breaks all cells of a column of numbers alike', () => {
    const rows = [
      ['a', '1.5 [1.25,\u00a01.75]'],
      ['b', '1 [0,\u00a02]'],
    ];
    const table = formatTable(['id', 'value'], rows, 'right', 1, 17);
    expect(table.split('\n').slice(2)).toEqual([
      'a             1.5',
      '     [1.25, 1.75]',
      'b               1',
      '           [0, 2]',
    ]);
  });

  it('puts columns for which there is no room into a table of their own, behind the first one', () => {
    const interval = '1.5 [1.25,\u00a01.75]';
    const header = ['method', 'images', 'AOPC (MoRF)', 'ABPC', 'tied with'];
    const table = formatTable(header, [['lrp', '12', interval, interval, 'random']], 'right', 1, 42);
    expect(table.split('\n')).toEqual([
      'method  images   AOPC (MoRF)          ABPC',
      '──────  ──────  ────────────  ────────────',
      'lrp         12           1.5           1.5',
      '                [1.25, 1.75]  [1.25, 1.75]',
      '',
      'method  tied with',
      '──────  ─────────',
      'lrp        random',
    ]);
  });

  it('keeps columns together where the first one leaves no room', () => {
    const name = 'n'.repeat(60);
    const table = formatTable(
      ['layer', 'rule', 'input', 'output'],
      [[name, 'zplus', '3', '4']],
      'left',
      1,
      50,
    );
    expect(table.split('\n').filter((line) => line.startsWith(name))).toEqual([`${name}  zplus  3      4`]);
  });

  it('never breaks a word, even where the table is then too wide', () => {
    expect(formatTable(['id'], [['incomprehensibilities']], 'left', 1, 10)).toContain(
      'incomprehensibilities',
    );
  });
});
