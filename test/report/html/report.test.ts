import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { layoutOf } from '../../../src/input/layout.js';
import type { GalleryImage } from '../../../src/report/html/data.js';
import { writeReport } from '../../../src/report/html/page.js';
import { gridUnits, labelledUnits } from '../../input/regions.js';
import { hasChromium, launchChromium, needsChromium } from './chromium.js';
import { ATTACKS, galleryImage, generator, METHODS, reportData } from './sample.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'heatproof-report-'));
});
afterAll(() => rm(directory, { recursive: true }));

const images = ['sheep', 'sofa', 'sheep', 'cat'].map(
  (label, number) => async () => galleryImage(number, label),
);

test('images are loaded one by one; the same data give the same file', async () => {
  let loading = 0;
  const watched = images.map((load) => async () => {
    expect(++loading).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    loading--;
    return load();
  });
  await writeReport(join(directory, 'a.html'), reportData(watched));
  await writeReport(join(directory, 'b.html'), reportData(images));
  expect(await readFile(join(directory, 'a.html'), 'utf8')).toBe(
    await readFile(join(directory, 'b.html'), 'utf8'),
  );
});

test('an image that cannot be loaded leaves no report', async () => {
  const lost = async (): Promise<GalleryImage> => {
    throw new Error('heatmap is gone');
  };
  const path = join(directory, 'lost', 'report.html');
  await expect(writeReport(path, reportData([...images, lost]))).rejects.toThrow('heatmap is gone');
  expect(await readdir(join(directory, 'lost'))).toEqual([]);
});

describe.runIf(hasChromium)(`in Chromium${needsChromium}`, () => {
  let browser: Browser;
  let page: Page;
  let said: string[];
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page.close();
    expect(said).toEqual([]);
  });

  /** Opens a report; whatever it says, throws or asks for fails the test. */
  async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<void> {
    page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
    const url = pathToFileURL(join(directory, name)).href;
    said = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('dialog', (dialog) => said.push(dialog.message()));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) said.push(request.url());
    });
    await page.exposeFunction('attacked', () => said.push('attacked'));
    await page.goto(url);
  }

  async function openSample(options?: Parameters<Browser['newPage']>[0]): Promise<void> {
    await writeReport(join(directory, 'sample.html'), reportData(images));
    await open('sample.html', options);
    await reachGallery();
  }

  /** Players are made when their image comes near. */
  async function reachGallery(): Promise<void> {
    await page.locator('.card').first().scrollIntoViewIfNeeded();
    await player().waitFor();
  }

  const player = () => page.locator('.player').first();
  const status = () => player().locator('.step').textContent();
  /** Red, green and blue in the middle of a region of the first image as it is shown. */
  const colorOf = (region: number) =>
    page
      .locator('.player canvas')
      .first()
      .evaluate((shown, at) => {
        const copy = document.createElement('canvas');
        const context = copy.getContext('2d');
        context?.drawImage(shown as HTMLCanvasElement, 0, 0);
        const pixel = context?.getImageData((at % 12) * 3 + 1, Math.floor(at / 12) * 3 + 1, 1, 1);
        return [...(pixel?.data ?? [])].slice(0, 3);
      }, region);
  const BLUE = [0, 0, 255];

  test('on a phone, nothing is wider than the screen', async () => {
    const endless = async () => galleryImage(4, 'wolf '.repeat(40));
    await writeReport(join(directory, 'phone.html'), reportData([...images, endless]));
    await open('phone.html', { viewport: { width: 390, height: 844 } });
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  test('a signal is as wide as a screen; on a phone its words are as large as they are drawn, and it says that it scrolls', async () => {
    const png = await sharp({ create: { width: 1652, height: 618, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const picture = { title: 'run-000', picture: async () => png };
    const signals = { classes: [], samples: [picture], measured: 1, shown: 1 };
    await writeReport(join(directory, 'signal.html'), { ...reportData([]), signals });
    for (const [width, shown, says] of [
      [1280, 1168, 'none'],
      [390, 1652, '"scroll sideways for more columns →"'],
    ] as const) {
      await open('signal.html', { viewport: { width, height: 844 } });
      const hint = () =>
        page
          .locator('.signal figcaption')
          .evaluate((caption) => getComputedStyle(caption, '::after').content);
      await expect.poll(hint).toBe(says);
      expect((await page.locator('.signal img').boundingBox())?.width).toBe(shown);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      if (width !== 390) await page.close();
    }
  });

  test('on a phone, the values at a step stay on the screen', async () => {
    await open('phone.html', { viewport: { width: 390, height: 844 } });
    await page.locator('#curve-chart').focus();
    for (const key of ['Home', 'End']) {
      await page.keyboard.press(key);
      const box = await page.locator('.tip').boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(390);
    }
  });

  test('on a phone, every bar and its value are on the screen, and no row is empty', async () => {
    await open('phone.html', { viewport: { width: 390, height: 844 } });
    const rows = await page.evaluate(() =>
      [...document.querySelectorAll('.bars .row')].map((row) => {
        const place = (selector: string) => {
          const { left, right, width, height } = (
            row.querySelector(selector) as Element
          ).getBoundingClientRect();
          return { left, right, width, height };
        };
        const { height } = row.getBoundingClientRect();
        return { height, name: place('th'), value: place('.number'), bar: place('svg') };
      }),
    );
    expect(rows).toHaveLength(4);
    for (const { height, ...parts } of rows) {
      for (const { left, right, width, height } of Object.values(parts)) {
        expect(left).toBeGreaterThanOrEqual(0);
        expect(right).toBeLessThanOrEqual(390);
        expect(Math.min(width, height)).toBeGreaterThan(5);
      }
      expect(parts.bar.width).toBeGreaterThan(300);
      expect(height).toBeLessThan(80);
    }
  });

  test('on a phone, a table that is wider says that it scrolls; on a screen it says nothing', async () => {
    const hint = () =>
      page.locator('#scores caption').evaluate((caption) => getComputedStyle(caption, '::after').content);
    await open('phone.html', { viewport: { width: 390, height: 844 } });
    await expect.poll(hint).toContain('scroll sideways');
    await page.setViewportSize({ width: 1200, height: 900 });
    await expect.poll(hint).toBe('none');
  });

  test('what a wide table says of itself is read without scrolling', async () => {
    for (const width of [390, 1280, 1600]) {
      await open('phone.html', { viewport: { width, height: 844 } });
      const beyond = await page.locator('#scores').evaluate((section) => {
        const [table, caption] = ['table', 'caption'].map((name) => section.querySelector<HTMLElement>(name));
        if (!table || !caption) throw new Error('no table');
        table.style.width = '3000px';
        const scroll = table.closest('.scroll') as HTMLElement;
        return caption.getBoundingClientRect().right - scroll.getBoundingClientRect().right;
      });
      expect(beyond).toBeLessThanOrEqual(0);
    }
  });

  test('no name breaks inside, on a phone neither', async () => {
    await open('phone.html', { viewport: { width: 390, height: 844 } });
    await reachGallery();
    const broken = await page.evaluate(() =>
      [...document.querySelectorAll('.unbroken')]
        .filter((name) => name.getClientRects().length > 1)
        .map((name) => name.textContent),
    );
    expect(broken).toEqual([]);
    const named = await page.locator('.unbroken').allTextContents();
    expect(named.filter((name) => name === 'lrp-alpha2-beta1').length).toBeGreaterThan(5);
  });

  test('the finding stands first, the definition is closed', async () => {
    await openSample();
    expect(await page.locator('main section').first().getAttribute('id')).toBe('finding');
    expect(await page.locator('#records details[open]').count()).toBe(0);
    await page.locator('#records summary').first().click();
    await page.locator('#records .record').first().waitFor({ state: 'visible', timeout: 5000 });
  });

  test('the value under the pointer is read from the colours', async () => {
    await openSample();
    const { map } = (await galleryImage(0, 'sheep')).results[1] ?? {};
    const figure = page.locator('.card').first().locator('figure').nth(2);
    const heatmap = figure.locator('.heatmap');
    const box = await heatmap.boundingBox();
    // The middle of the pixel in column 20 and row 10 of 36 x 36.
    await heatmap.hover({
      position: { x: ((box?.width ?? 0) * 20.5) / 36, y: ((box?.height ?? 0) * 10.5) / 36 },
    });
    const [, read] =
      /^x 20, y 10: ≈ ([\d.]+)$/.exec((await figure.locator('.tip').textContent()) ?? '') ?? [];
    expect(Math.abs(Number(read) - (map?.values[10 * 36 + 20] ?? 0))).toBeLessThan(0.006);
    await page.mouse.move(1, 1);
    expect(await figure.locator('.tip').isVisible()).toBe(false);
  });

  test('heatmaps lie over their image when asked, and are enlarged with values and arrows', async () => {
    await openSample();
    const card = page.locator('.card').first();
    expect(await card.locator('.under').first().isVisible()).toBe(false);
    await page.getByLabel('over the image').check();
    expect(await card.locator('.under').count()).toBe(3);
    expect(await card.locator('.under').first().isVisible()).toBe(true);
    const small = await card.locator('.heatmap').first().boundingBox();
    await card.getByRole('button', { name: 'enlarge: heatmap of lrp-alpha2-beta1 for image 0' }).click();
    const dialog = page.locator('#zoom');
    expect(await dialog.locator('strong').textContent()).toContain('lrp-alpha2-beta1');
    const large = await dialog.locator('.heatmap').boundingBox();
    expect(large?.width).toBeGreaterThan(3 * (small?.width ?? 0));
    expect(await dialog.locator('.under').isVisible()).toBe(true);
    await dialog.locator('.heatmap').hover();
    expect(await dialog.locator('output').textContent()).toMatch(/^x 18, y 18: [≈≤≥] −?[\d.e−]+$/);
    await page.keyboard.press('ArrowRight');
    expect(await dialog.locator('strong').textContent()).toContain('sensitivity-l2');
    await dialog.getByRole('button', { name: 'previous' }).click();
    await dialog.getByRole('button', { name: 'previous' }).click();
    expect(await dialog.locator('img').getAttribute('alt')).toBe('image 0');
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
  });

  test('the name of a method stays inside its cell', async () => {
    await openSample();
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll('#scores tbody th')].filter(
        (cell) => cell.scrollWidth > cell.clientWidth,
      ),
    );
    expect(wide).toHaveLength(0);
  });

  test('the slider replaces regions in the order of the method and gives them back', async () => {
    await openSample();
    const slider = player().locator('input[type=range]');
    await slider.fill('5');
    expect(await status()).toBe('lrp-alpha2-beta1: 5 of 20 regions replaced, score 8.13');
    expect(await colorOf(4)).toEqual(BLUE);
    expect(await colorOf(5)).not.toEqual(BLUE);
    await slider.press('ArrowRight');
    expect(await colorOf(5)).toEqual(BLUE);
    await slider.press('Home');
    expect(await status()).toBe('lrp-alpha2-beta1: 0 of 20 regions replaced, score 10');
    expect(await colorOf(0)).toEqual([250, expect.any(Number), expect.any(Number)]);
    await slider.press('End');
    expect(await status()).toContain('20 of 20');
    expect(await slider.getAttribute('aria-valuetext')).toBe(await status());
  });

  test('a heatmap chooses the method, the list chooses the order', async () => {
    await openSample();
    await player().locator('input').fill('2');
    await page.locator('.card').first().locator('.pick').nth(1).click();
    expect(await status()).toBe('sensitivity-l2: 2 of 20 regions replaced, score 9.5');
    expect([await colorOf(0), await colorOf(2)]).toEqual([BLUE, BLUE]);
    expect(await colorOf(1)).not.toEqual(BLUE);
    await player().locator('select').selectOption('lerf');
    expect([await colorOf(38), await colorOf(36)]).toEqual([BLUE, BLUE]);
    expect(await colorOf(0)).not.toEqual(BLUE);
    expect(
      await page.locator('.card').first().locator('.pick[aria-pressed=true]').getAttribute('data-method'),
    ).toBe('1');
    // The random method has no such order: choosing it changes nothing.
    await page.locator('.card').first().locator('.pick').nth(2).click();
    expect(await status()).toContain('sensitivity-l2');
  });

  test('replaced regions are grey, or noise that stays the same', async () => {
    const { gallery, ...data } = reportData([async () => galleryImage(0, 'cat')]);
    const openWith = async (kind: 'noise' | 'grey') => {
      const filled = gallery && { ...gallery, fill: { kind, note: '' } };
      await writeReport(join(directory, `${kind}.html`), { ...data, ...(filled && { gallery: filled }) });
      await open(`${kind}.html`);
      await reachGallery();
      await player().locator('input').fill('20');
    };
    await openWith('grey');
    expect(await colorOf(3)).toEqual([128, 128, 128]);
    await page.close();
    await openWith('noise');
    const noise = [await colorOf(3), await colorOf(4)];
    expect(noise[0]).not.toEqual(noise[1]);
    await player().locator('input').fill('19');
    expect([await colorOf(3), await colorOf(4)]).toEqual(noise);
  });

  test("an image's own units are replaced where they lie, in however many pieces", async () => {
    const layout = layoutOf([3, 36, 36]);
    // Squares of 3 x 3, 12 in a row; each unit is one in every other row.
    const labels = Array.from({ length: 36 * 36 }, (_, place) => {
      const [row, column] = [Math.floor(place / 36 / 3), Math.floor((place % 36) / 3)];
      return (row * 12 + column) % 24;
    });
    const pieces = async () => ({ ...galleryImage(0, 'cat'), units: labelledUnits(layout, labels) });
    await writeReport(join(directory, 'pieces.html'), reportData([pieces]));
    await open('pieces.html');
    await reachGallery();
    await player().locator('input').fill('5');
    expect([await colorOf(4), await colorOf(24), await colorOf(122)]).toEqual([BLUE, BLUE, BLUE]);
    for (const untouched of [5, 12, 29]) expect(await colorOf(untouched)).not.toEqual(BLUE);
  });

  test('a signal is shown as a line, and its regions are replaced from top to bottom', async () => {
    const values = Float32Array.from({ length: 8 }, (_, at) => Math.sin(at));
    const map = { values, rows: 1, columns: 8, signed: true };
    const signal = async (): Promise<GalleryImage> => ({
      id: 'signal 1',
      label: 'a',
      predicted: 'a',
      subject: { values, channels: 1 },
      results: [{ map, morf: { order: [3], scores: [2, 1] } }],
    });
    const data = reportData([signal]);
    const size = { width: 8, height: 1, units: gridUnits([1, 8], 2) };
    await writeReport(join(directory, 'signal.html'), {
      ...data,
      ...(data.gallery && { gallery: { ...data.gallery, ...size } }),
    });
    await open('signal.html');
    await reachGallery();
    await player().locator('input').fill('1');
    const share = await page
      .locator('.player canvas')
      .first()
      .evaluate((shown) => {
        const { width, height } = shown as HTMLCanvasElement;
        const context = (shown as HTMLCanvasElement).getContext('2d');
        const { data } = context?.getImageData(0, 0, width, height) ?? { data: [] };
        let blue = 0;
        for (let at = 0; at < data.length; at += 4) if (data[at] === 0 && data[at + 2] === 255) blue++;
        return blue / (width * height);
      });
    expect(share).toBeCloseTo(0.25, 2);
    expect(await page.locator('.card .maps img').count()).toBe(2);
  });

  test('play runs to the end and stops', async () => {
    await openSample();
    await player().locator('.play').press('Enter');
    expect(await player().locator('.play').textContent()).toBe('Pause');
    await expect.poll(status, { timeout: 10_000 }).toContain('20 of 20');
    await expect.poll(() => player().locator('.play').textContent()).toBe('Play');
  });

  test('curves: methods, orders and scales to choose, values to read by pointer and by keyboard', async () => {
    await openSample();
    const chart = page.locator('#curve-chart');
    expect(await chart.locator('> svg .line').count()).toBe(3);
    expect(await chart.locator('.band').count()).toBe(3);
    await page.getByRole('button', { name: 'sensitivity-l2', exact: true }).click();
    expect(await chart.locator('> svg .line').count()).toBe(2);
    await page.getByLabel('relative to random').check();
    expect(await chart.textContent()).toContain('AOPC (logit), relative to random');
    // Only MoRF exists relative to random: choosing another order goes back to absolute.
    await page.getByLabel('least relevant first').first().check();
    expect(await page.getByLabel('absolute').isChecked()).toBe(true);
    expect(await page.getByLabel('relative to random').isDisabled()).toBe(true);
    await page.getByLabel('most relevant first').first().check();
    await page.getByLabel('mean score').check();
    expect(await chart.textContent()).toContain('score (logit)');
    await page.getByLabel('absolute').check();
    await chart.focus();
    await page.keyboard.press('End');
    expect(await page.locator('#readout').textContent()).toBe(
      'step 20: lrp-alpha2-beta1  5.51 (5.21 to 5.81), random  1.84 (1.54 to 2.14)',
    );
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#readout').textContent()).toMatch(/^step 19:/);
    await page.keyboard.press('Escape');
    const box = await chart.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 62, (box?.y ?? 0) + 100);
    expect(await chart.locator('.tip').textContent()).toMatch(
      /^step 0lrp-alpha2-beta1 {2}0 \(−0\.3 to 0\.3\)/,
    );
  });

  test('the gallery filters by class and sorts by AOPC and disagreement, either way', async () => {
    await openSample();
    const visible = () => page.locator('.card:visible h3').allTextContents();
    const all = ['image 0', 'image 1', 'image 2', 'image 3'];
    expect(await visible()).toEqual(all);
    await page.locator('#filter').selectOption('sheep');
    expect(await visible()).toEqual(['image 0', 'image 2']);
    expect(await page.locator('#shown').textContent()).toBe('2 of 4 images');
    await page.locator('#sort').selectOption({ label: 'AOPC of random' });
    expect(await visible()).toEqual(['image 2', 'image 0']);
    await page.getByLabel('smallest first').check();
    expect(await visible()).toEqual(['image 0', 'image 2']);
    await page.locator('#filter').selectOption({ index: 0 });
    await page.getByLabel('smallest first').uncheck();
    expect(await visible()).toEqual([...all].reverse());
    // The first method shares 17 regions with the others in images 0 and 1, 6 in image 2, none in image 3.
    await page.locator('#sort').selectOption('disagreement');
    expect(await visible()).toEqual(['image 3', 'image 2', 'image 0', 'image 1']);
    await page.locator('#sort').selectOption('');
    expect(await visible()).toEqual(all);
  });

  test('everything can be reached by keyboard, and the focus is seen', async () => {
    await openSample();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the results');
    const reached = new Set<string>();
    for (let press = 0; press < 70; press++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(() => {
          const active = document.activeElement as HTMLElement;
          const name = active.id || active.className || (active as HTMLInputElement).type || active.localName;
          const seen = active === document.body || getComputedStyle(active).outlineStyle !== 'none';
          return seen ? name : `${name} unseen`;
        }),
      );
    }
    expect([...reached].filter((name) => name.endsWith('unseen'))).toEqual([]);
    for (const name of [
      'theme',
      'toggle',
      'curve-chart',
      'filter',
      'sort',
      'ascending',
      'enlarge',
      'pick',
      'play',
      'range',
    ]) {
      expect(reached).toContain(name);
    }
  });

  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test('light and dark follow the system and the button; letters stand out from the ground', async () => {
    await openSample({ colorScheme: 'dark' });
    const contrast = () =>
      page.evaluate(() => {
        const light = (color: string) => {
          const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map(
            (channel) => (Number(channel) / 255) ** 2.2,
          );
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const ground = light(getComputedStyle(document.body).backgroundColor);
        return [...document.querySelectorAll('p, dt, dd, th, td, .interval, text, a')].map((element) => {
          const style = getComputedStyle(element);
          const ink = light(element.localName === 'text' ? style.fill : style.color);
          return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
        });
      });
    expect(await ground()).toBe('rgb(20, 23, 27)');
    expect(Math.min(...(await contrast()))).toBeGreaterThan(4.5);
    await page.locator('#theme').click();
    expect(await ground()).toBe('rgb(255, 255, 255)');
    expect(Math.min(...(await contrast()))).toBeGreaterThan(4.5);
  });

  test('print is black on white, without what can only be clicked', async () => {
    await openSample({ colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await ground()).toBe('rgb(255, 255, 255)');
    for (const hidden of ['nav', '#theme', '.player', '#gallery-controls']) {
      expect(await page.locator(hidden).first().isVisible()).toBe(false);
    }
    expect(await page.locator('.card img').first().isVisible()).toBe(true);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await page.locator('details:not([open])').count()).toBe(0);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await page.locator('#records details[open]').count()).toBe(0);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.length).toBeGreaterThan(10_000);
  });

  test('without scripts, numbers and heatmaps are there', async () => {
    await writeReport(join(directory, 'plain.html'), reportData(images));
    page = await browser.newPage({ javaScriptEnabled: false });
    said = [];
    await page.goto(pathToFileURL(join(directory, 'plain.html')).href);
    expect(await page.locator('.card img').count()).toBe(16);
    expect(await page.locator('.card figure .boxes').count()).toBe(4);
    expect(await page.locator('#scores').textContent()).toContain('11.90 to 13.00');
  });

  test('hostile names and labels are shown as they are and do nothing', async () => {
    const [attack = ''] = ATTACKS;
    const hostile = ATTACKS.map((text, number) => async () => galleryImage(number, text, `${text}!`, text));
    const data = reportData(hostile);
    const all = ATTACKS.join(' ');
    await writeReport(join(directory, 'hostile.html'), {
      ...data,
      title: all,
      words: ATTACKS,
      facts: ATTACKS.map((text) => ({ name: text, value: text })),
      subtitle: all,
      finding: {
        sentences: ATTACKS,
        chart: { title: all, x: all, notes: [all], groups: [all, all], series: [{ label: all, bars: [] }] },
      },
      warnings: ATTACKS,
      methods: METHODS.map((method) => ({ label: method + all, name: all + method, network: all })),
      scores: {
        title: all,
        note: all,
        rows: all,
        columns: [{ title: all, note: all }],
        entries: [{ label: all, network: all, cells: [all], tiedWith: [all] }],
      },
      curves: data.curves.map((view) => ({
        ...view,
        x: all,
        y: all,
        curves: view.curves.map((curve) => ({ ...curve, label: curve.label + all })),
      })),
      bars: data.bars.map((chart) => ({ ...chart, title: all, x: all, groups: [all, all] })),
      failures: [{ image: all, reason: all }],
      records: [{ title: all, record: { [all]: { [all]: [all, { [all]: all }] } } }],
    });
    await open('hostile.html');
    await page.locator('#curve-chart').focus();
    await page.keyboard.press('End');
    await page.locator('#filter').selectOption({ index: 1 });
    await page.locator('#filter').selectOption({ index: 0 });
    await reachGallery();
    await player().locator('input').fill('3');
    // A NUL character does not exist in HTML.
    const shown = ATTACKS.map((text) => text.replace('\u0000', '\ufffd'));
    expect(await page.locator('.card h3').allTextContents()).toEqual(shown);
    expect(await page.locator('.card .label').allTextContents()).toEqual(shown);
    expect(await page.locator('#curve-chart > svg .line').count()).toBe(3);
    expect(await page.locator('#filter option').count()).toBe(ATTACKS.length + 1);
    expect(await page.title()).toContain(attack);
    for (const card of await page.locator('.card').all()) await card.scrollIntoViewIfNeeded();
    expect(await page.locator('[onerror], [onmouseover], img:not([src^="data:"])').count()).toBe(0);
  });

  test('the policy of the page stops a script that is not its own', async () => {
    await openSample();
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'attacked()';
      document.body.append(script);
    });
    expect(said).toHaveLength(1);
    expect(said.pop()).toContain('Content Security Policy');
  });

  test('200 images with six methods open in 3 seconds and take less than 25 MB', async () => {
    const side = 224;
    const random = generator(7);
    const noise = Float32Array.from({ length: side * side }, () => random() - 0.5);
    const data = Uint8Array.from(
      { length: side * side * 3 },
      (_, at) => 128 + 90 * Math.sin(at / 700) + 40 * random(),
    );
    const steps = Array.from({ length: 101 }, (_, step) => 12.3456 - step * 0.0412 * random());
    const order = Array.from({ length: 100 }, (_, step) => (step * 37) % 576);
    const map = { values: noise, rows: side, columns: side, signed: true };
    const methods = Array.from({ length: 6 }, (_, index) => `lrp-epsilon-1e-${index}`);
    const trajectory = { order, scores: steps };
    const results = methods.map(() => ({ map, aopc: 1, morf: trajectory, lerf: trajectory }));
    const subject = { data, width: side, height: side };
    const many = Array.from({ length: 200 }, (_, number) => async (): Promise<GalleryImage> => {
      return { id: `image ${number}`, label: `class ${number % 40}`, predicted: 'cat', subject, results };
    });
    const report = reportData(many);
    const gallery = {
      measured: 200,
      score: 'logit',
      width: side,
      height: side,
      units: gridUnits([3, side, side], 9),
      images: many,
      fill: { kind: 'noise' as const, note: '' },
    };
    const path = join(directory, 'large.html');
    await writeReport(path, {
      ...report,
      methods: methods.map((name) => ({ label: name, name })),
      curves: [],
      gallery,
    });
    expect((await stat(path)).size).toBeLessThan(25e6);
    const start = performance.now();
    await open('large.html');
    await reachGallery();
    expect(performance.now() - start).toBeLessThan(3000);
    expect(await page.locator('.card').count()).toBe(200);
  });
});
