import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SERIES_COLORS } from '../series.js';
import { html, type Markup, trusted } from './markup.js';

/**
 * The browser's part: plain JavaScript modules that need no build, lie in src/ only, and are found from src/ and from dist/
 * alike.
 */
const CLIENT = new URL('../../../src/report/html/client/', import.meta.url);

const read = (name: string) => readFile(new URL(name, CLIENT), 'utf8');

/** What a page begins with: it holds everything it shows, asks the network for nothing, and runs no script but its own. */
export function documentHead(title: string, script: string, style: string): Markup {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  // Were something ever to slip through the escaping, it still could not run or call home.
  const policy = `default-src 'none'; img-src data:; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${title}</title>${trusted('style', style)}</head>
`;
}

/** How every page looks. */
export async function pageStyle(): Promise<string> {
  return `${seriesVariables()}\n${await read('report.css')}`;
}

/**
 * Modules of the browser's part as one script: a page without files cannot import, so they share one scope, each after those
 * that it needs.
 */
export async function clientScript(names: readonly string[], start = ''): Promise<string> {
  const modules = await Promise.all(names.map(read));
  const bodies = modules.map((text) => text.replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, ''));
  return `'use strict';\n{\n${[...bodies, start].join('\n')}\n}`;
}

/** The colours of the series for light and dark ground, as CSS. */
function seriesVariables(): string {
  const variables = (ground: 'light' | 'dark') =>
    SERIES_COLORS.map((color, hue) => `--hue${hue}:${color[ground]};`).join('');
  const classes = SERIES_COLORS.map((_, hue) => `.hue${hue}{--hue:var(--hue${hue})}`).join('');
  return `:root{${variables('light')}}
@media screen{:root[data-theme=dark]{${variables('dark')}}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${variables('dark')}}}
${classes}`;
}
