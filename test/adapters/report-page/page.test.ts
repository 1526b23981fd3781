import { describe, expect, it } from '@jest/globals';
import { parcelOf, renderPage } from '../../../src/adapters/report-page/index.js';
import { slackMessage } from '../../../src/adapters/delivery/index.js';
import { METRICS } from '../../../src/domain/metrics/registry.js';
import { REPORT_KINDS } from '../../../src/domain/report/period.js';
import type { StoredRevision } from '../../../src/ports/report-book.js';
import { reportDocument } from '../../support/report-document.js';

const ATTACK = `"><script>alert(1)</script><img src=x onerror=alert(1)>'\`&`;
const revision = (document = reportDocument('weekly')): StoredRevision => ({
  reportKey: 'weekly/2024-W05/_all/r1',
  revision: 1,
  status: 'final',
  changes: [],
  document,
});
const options = { conversationUrl: 'https://support.example.com/c/{id}?app={app}' };

/** Every text of a document replaced, where it is a label or an id. */
function hostile(): StoredRevision {
  const document = reportDocument('weekly');
  const { tables } = document;
  return revision({
    ...document,
    head: { ...document.head, appId: ATTACK, modelVersions: [ATTACK], taxonomyVersion: ATTACK },
    tables: {
      ...tables,
      waiting: {
        ...tables.waiting,
        top: tables.waiting.top.map((line) => ({
          ...line,
          conversationId: ATTACK,
          appId: ATTACK,
          topic: ATTACK,
        })),
      },
      topics: tables.topics.map((line) => ({ ...line, label: ATTACK })),
      newTopics: [ATTACK],
      languages: tables.languages.map((line) => ({ ...line, label: ATTACK })),
      apps: tables.apps.map((line) => ({ ...line, id: ATTACK })),
      worstTopics: tables.worstTopics.map((line) => ({ ...line, label: ATTACK, conversationIds: [ATTACK] })),
    },
    dataQuality: { ...document.dataQuality, flags: { [ATTACK]: 1 } },
    unavailable: [{ metric: ATTACK, mappingKey: ATTACK }],
  });
}

describe('the page of a report', () => {
  it.each(REPORT_KINDS)('%s: the same bytes each time, below 1 MB, with nothing from elsewhere', (kind) => {
    const stored = revision(reportDocument(kind));
    const page = renderPage(stored, options);
    expect(renderPage(structuredClone(stored), options)).toBe(page);
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|javascript:/i);
    const loaded = [...page.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(loaded.every((address) => address.startsWith('https://support.example.com/c/'))).toBe(true);
  });

  it('makes text of whatever stands in labels and ids', () => {
    const page = renderPage(hostile(), options);
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    // Nothing ends an attribute: each tag is made of names and quoted values alone.
    for (const [tag] of page.matchAll(/<[a-z][^>]*>/g)) {
      expect(tag).toMatch(/^<[a-z0-9]+(\s+[a-zA-Z][a-zA-Z0-9-]*(="[^"<>]*")?)*\s*\/?>$/);
    }
  });

  it('links conversations by http and https alone', () => {
    expect(renderPage(revision(), options)).toContain('href="https://support.example.com/c/C-1?app="');
    expect(renderPage(revision(), { conversationUrl: 'javascript:alert({id})' })).not.toContain('href=');
    expect(renderPage(revision(), { conversationUrl: null })).not.toContain('href=');
  });

  it('names the definition of every metric that it shows', () => {
    const page = renderPage(revision(), options);
    const shown = revision().document.rows.filter(({ dimension }) => dimension === null);
    expect(shown.length).toBeGreaterThan(20);
    for (const { name } of METRICS) expect(page).toContain(`<code>${name}</code>`);
  });

  it('says what is missing of a provisional one, and the command that closes it', () => {
    const document = reportDocument('daily');
    document.head.coverage = {
      watermark: document.head.periodStart,
      complete: false,
      missing: [{ startDate: '2024-01-30', endDate: '2024-01-31' }],
    };
    document.head.appId = 'web chat';
    const page = renderPage({ ...revision(document), status: 'provisional' }, options);
    expect(page).toContain('2024-01-30 to 2024-01-31');
    expect(page).toContain(
      'conversation-analytics collect --start-date 2024-01-30 --end-date 2024-01-31 --app-id &#39;web chat&#39;',
    );
  });

  it('says what a restatement changed', () => {
    const change = { dimension: null, dimensionValue: null, fromN: 1, toN: 2, unit: 'count' } as const;
    const page = renderPage(
      {
        ...revision(),
        revision: 2,
        status: 'restated',
        changes: [{ ...change, metric: 'engaged_conversations', from: 40, to: 43 }],
      },
      options,
    );
    expect(page).toContain('Restated, revision 2');
    expect(page).toContain('New conversations: 40 → <b>43</b>');
  });
});

describe('messages about a report', () => {
  it('to Slack: no label becomes a mention or a link', () => {
    const message = slackMessage(parcelOf(hostile(), Buffer.from(''), { reportUrl: null }));
    const marked = message.blocks.filter(({ text }) => text.type === 'mrkdwn').map(({ text }) => text.text);
    expect([message.text, ...marked].join('\n')).not.toMatch(/[<>]/);
    expect(message.text).toContain('&lt;script&gt;');
  });

  it('link to the page where its address is known', () => {
    const parcel = parcelOf(revision(), Buffer.from(''), {
      reportUrl: 'https://files.example.com/{report}.html',
    });
    expect(parcel.pageUrl).toBe('https://files.example.com/weekly/2024-W05/_all/r1.html');
    expect(parcel.mailHtml).toContain(`href="${parcel.pageUrl!}"`);
    expect(parcel.payload).toMatchObject({
      event: 'report',
      report: 'weekly/2024-W05/_all/r1',
      status: 'final',
    });
  });

  it('mail: makes text of labels and ids', () => {
    expect(parcelOf(hostile(), Buffer.from(''), { reportUrl: null }).mailHtml).not.toMatch(/<script|<img/);
  });
});
