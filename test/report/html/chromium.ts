/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian and others put the browser; HEATPROOF_CHROMIUM names another place. */
const PLACES = [
  process.env.HEATPROOF_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executablePath = PLACES.find((path) => path !== undefined && existsSync(path));

export const hasChromium = executablePath !== undefined;

/** The suffix of a test's name that says why it is skipped. */
export const needsChromium = hasChromium
  ? ''
  : ' (skipped: apt-get install chromium, or set HEATPROOF_CHROMIUM)';

const QUIET =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** A real Chromium, headless, that asks the network for nothing by itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', args: QUIET.split(' ') });
}
