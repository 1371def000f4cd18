import { visible } from '../visible.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '%': '\\%',
  '#': '\\#',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\string"',
  '-': '{-}',
  '−': '$-$',
  '×': '$\\times$',
  '·': '$\\cdot$',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
  '…': '\\ldots{}',
};

/** A text in LaTeX as it stands: no character of it is a command, and two hyphens stay two. */
export function latexText(text: string): string {
  return visible(text.replace(/\s+/g, ' ')).replace(
    /[\\{}$&%#_^~<>|"−×·≥≤…]|-(?=-)/g,
    (one) => ESCAPES[one] ?? one,
  );
}

/** A comment of one line. */
export function latexComment(text: string): string {
  return `% ${visible(text.replace(/\s+/g, ' '))}`;
}
