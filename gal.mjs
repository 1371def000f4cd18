import { createRequire } from 'node:module';

const { chromium } = createRequire('/work/wt/report/package.json')('playwright-core');
const [, , file, out] = process.argv;
const b = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: '--no-sandbox --disable-gpu --disable-quic --no-first-run'.split(' '),
});
for (const w of [1280, 390]) {
  const p = await b.newPage({ viewport: { width: w, height: w === 390 ? 844 : 900 } });
  p.on('console', (m) => console.log('console', m.text()));
  p.on('pageerror', (e) => console.log('error', e.message));
  await p.goto('file://' + file);
  await p.locator('#gallery').scrollIntoViewIfNeeded();
  await p.evaluate(() => document.querySelector('#gallery').scrollIntoView());
  await p.waitForTimeout(700);
  const hm = p.locator('.card .heatmap').first();
  await hm.hover({ position: { x: 40, y: 40 } });
  await p.waitForTimeout(150);
  await p.screenshot({ path: `${out}-${w}-a.png` });
  await p.locator('#overlay').check();
  await p.waitForTimeout(300);
  await p.screenshot({ path: `${out}-${w}-b.png` });
  await p.locator('.enlarge').nth(1).click();
  await p.waitForTimeout(300);
  const z = p.locator('#zoom .heatmap');
  await z.hover({ position: { x: 60, y: 60 } });
  await p.waitForTimeout(200);
  await p.screenshot({ path: `${out}-${w}-c.png` });
  await p.close();
}
await b.close();
