import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { renderPage } from '../../../src/adapters/report-page/index.js';
import { REPORT_KINDS } from '../../../src/domain/report/period.js';
import { reportDocument } from '../../support/report-document.js';

/** Debian's chromium, or what CHROMIUM_PATH names. */
function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((dir) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(dir, name)))
    .find((path) => existsSync(path));
}

const executable = findChromium();
if (executable === undefined) {
  process.stderr.write(
    'SKIPPED: report pages are not looked at in a browser, for there is none. Install chromium, or set CHROMIUM_PATH.\n',
  );
}

jest.setTimeout(120_000);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const VIEWS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  'dark phone': { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
} as const;

(executable === undefined ? describe.skip : describe)('report pages in a browser', () => {
  const dir = mkdtempSync(join(tmpdir(), 'report-pages-'));
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executable!, args: ['--no-sandbox'] });
    process.stderr.write(`Pictures of report pages: ${dir}\n`);
  });
  afterAll(() => browser.close());

  for (const kind of REPORT_KINDS) {
    const path = join(dir, `${kind}.html`);
    writeFileSync(
      path,
      renderPage(
        {
          reportKey: `${kind}/p/_all/r1`,
          revision: 1,
          status: 'final',
          changes: [],
          document: reportDocument(kind),
        },
        { conversationUrl: 'https://support.example.com/c/{id}' },
      ),
    );

    it.each(Object.entries(VIEWS))(`${kind}, %s: accessible, no overflow, no error`, async (name, view) => {
      const { page, complaints } = await open(path, view);
      await page.screenshot({ path: join(dir, `${kind}-${name.replace(' ', '-')}.png`), fullPage: true });
      await page.evaluate('document.querySelectorAll("details").forEach((d) => (d.open = true))');
      expect(await overflow(page)).toEqual([]);
      // Of each size and each colour once: a look at thousands of cells takes seconds.
      if (!name.endsWith('phone') || kind === 'daily') expect(await seriousFindings(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it(`${kind}, print: accessible, no overflow, all tables unfolded`, async () => {
      const { page, complaints } = await open(path, {
        viewport: { width: 700, height: 990 },
        colorScheme: 'dark',
      });
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await page.screenshot({ path: join(dir, `${kind}-print.png`), fullPage: true });
      await page.pdf({ path: join(dir, `${kind}.pdf`), format: 'A4' });
      expect(statSync(join(dir, `${kind}.pdf`)).size).toBeGreaterThan(10_000);
      expect(await seriousFindings(page)).toEqual([]);
      expect(await page.locator('#metrics .fold td').first().isVisible()).toBe(true);
      expect(complaints).toEqual([]);
      await page.close();
    });
  }

  it('is told from a page with faults: the same looks find them', async () => {
    const path = join(dir, 'faulty.html');
    writeFileSync(
      path,
      '<!doctype html><html><body><p style="color:#ccc;background:#fff">pale</p><div style="width:900px">wide</div><img src="x.png"><script>throw new Error("oops")</script></body></html>',
    );
    const { page, complaints } = await open(path, VIEWS.phone);
    expect(await seriousFindings(page)).toEqual(
      expect.arrayContaining([expect.stringContaining('color-contrast')]),
    );
    expect(await overflow(page)).not.toEqual([]);
    expect(complaints.join('\n')).toContain('oops');
    await page.close();
  });

  async function open(
    path: string,
    view: { viewport: { width: number; height: number }; colorScheme: 'light' | 'dark' },
  ) {
    // Of the test alone: axe is put into a page whose policy forbids scripts.
    const context = await browser.newContext({ ...view, bypassCSP: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`request to ${request.url()}`));
    await page.goto(pathToFileURL(path).href);
    return { page, complaints };
  }
});

/** Elements that reach out of the window, but for those that scroll by themselves. */
async function overflow(page: Page): Promise<string[]> {
  // As text: what runs in the page has other globals than the tests.
  return page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
      if (element.closest('.scroll, .sr, svg') !== null) return false;
      return element.getBoundingClientRect().right > width + 1;
    });
    const page = document.documentElement.scrollWidth > width ? ['the page scrolls sideways'] : [];
    return [...page, ...wide.map((element) => element.tagName + '.' + element.className)];
  })()`);
}

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })");
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html }) => html.slice(0, 160))
          .slice(0, 5)
          .join(' | ')}`,
    );
}
