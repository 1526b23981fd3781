import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SCENARIOS } from '../../../src/devstack/sample/generator/apps.js';
import { generateSample } from '../../../src/devstack/sample/generator/generate.js';
import type { ConversationRow, MessageRow } from '../../../src/devstack/sample/generator/rows.js';
import { FOREIGN_TEXTS } from '../../../src/devstack/sample/generator/texts/other-languages.js';
import { SENTIMENTS } from '../../../src/devstack/sample/generator/texts/scenario.js';
import { startSampleSource } from '../../../src/devstack/sample/index.js';

const sample = generateSample();
const conversations = sample.tables[0]!.rows as ConversationRow[];
const messages = sample.tables[1]!.rows as MessageRow[];
const contents = messages.map(({ content }) => content ?? '');
const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
const count = <T>(rows: T[], test: (row: T) => boolean) => rows.filter(test).length;

describe('the sample', () => {
  it('is the same for the same seed, byte by byte, and another for another', () => {
    const whole = (seed?: number) => {
      const { tables, truth, dirt } = generateSample({
        ...(seed === undefined ? {} : { seed }),
        conversations: 300,
      });
      return digest([tables, [...truth], dirt]);
    };
    expect(whole()).toBe(whole());
    expect(whole(42)).toBe(whole());
    expect(whole(43)).not.toBe(whole());
  });

  it('has several apps, users and weeks, with a weekly and a daily rhythm', () => {
    const apps = new Set(conversations.map(({ app_id }) => app_id));
    expect(apps.size).toBeGreaterThanOrEqual(4);
    expect([...apps].some((app) => app?.includes(`'`))).toBe(true);
    expect([...apps].some((app) => app?.includes(' '))).toBe(true);

    const appsOfUser = new Map<string, Set<string>>();
    for (const { user_id, app_id } of conversations) {
      if (user_id === null || app_id === null) continue;
      appsOfUser.set(user_id, (appsOfUser.get(user_id) ?? new Set()).add(app_id));
    }
    expect(appsOfUser.size).toBeGreaterThan(200);
    expect(count([...appsOfUser.values()], (own) => own.size > 1)).toBeGreaterThan(10);

    const days = new Map<string, number>();
    let [busy, quiet] = [0, 0];
    for (const { CreatedAt } of conversations) {
      days.set(CreatedAt.slice(0, 10), (days.get(CreatedAt.slice(0, 10)) ?? 0) + 1);
      const hour = Number(CreatedAt.slice(11, 13));
      if (hour >= 8 && hour < 12) busy += 1;
      if (hour < 4) quiet += 1;
    }
    expect([...days.keys()].sort()).toHaveLength(28);
    expect([...days.keys()].sort().at(0)).toBe(sample.firstDay);
    expect([...days.keys()].sort().at(-1)).toBe(sample.lastDay);
    expect(busy).toBeGreaterThan(5 * quiet);
    expect(days.get('2026-03-09')!).toBeGreaterThan(days.get('2026-03-15')! * 1.5);
  });

  it('holds bots, agents, handoffs, private notes, ratings and open and closed conversations', () => {
    expect(count(messages, ({ agent_id }) => agent_id !== null)).toBeGreaterThan(300);
    expect(count(messages, ({ is_private }) => is_private)).toBeGreaterThan(20);
    expect(count(conversations, ({ rating }) => rating !== null)).toBeGreaterThan(200);
    expect(count(conversations, ({ status }) => status === 'open')).toBeGreaterThan(50);
    expect(count(conversations, ({ closed_at }) => closed_at !== null)).toBeGreaterThan(500);
  });

  it('takes its days and its size from the options', () => {
    const small = generateSample({ conversations: 40, end: '2025-01-10', days: 3 });
    expect([small.firstDay, small.lastDay]).toEqual(['2025-01-08', '2025-01-10']);
    expect(small.truth.size).toBe(40);
  });
});

interface Taxonomy {
  topics: { id: string; trained: boolean }[];
  intents: { id: string; trained: boolean }[];
  sentiments: { id: string }[];
}

describe('the truth', () => {
  const taxonomy = parse(readFileSync('models/default/taxonomy.yaml', 'utf8')) as Taxonomy;
  const trained = (list: { id: string; trained: boolean }[]) =>
    new Set(list.filter((label) => label.trained).map(({ id }) => id));

  it('uses only labels that have a labelled source', () => {
    const [topics, intents] = [trained(taxonomy.topics), trained(taxonomy.intents)];
    const sentiments = new Set(taxonomy.sentiments.map(({ id }) => id));
    for (const { topic, intent, sentiment } of [...sample.truth.values(), ...SCENARIOS, ...FOREIGN_TEXTS].map(
      (labels) => ({ sentiment: 'neutral', ...labels }),
    )) {
      expect({ topic, known: topics.has(topic) }).toEqual({ topic, known: true });
      expect({ intent, known: intents.has(intent) }).toEqual({ intent, known: true });
      expect({ sentiment, known: sentiments.has(sentiment) }).toEqual({ sentiment, known: true });
    }
  });

  it('has at least 15 phrasings an intent, every feeling, and several languages', () => {
    for (const { topic, intent, openings } of SCENARIOS) {
      expect({ topic, intent, enough: new Set(openings).size >= 15 }).toEqual({
        topic,
        intent,
        enough: true,
      });
    }
    const values = [...sample.truth.values()];
    for (const sentiment of SENTIMENTS) {
      expect(count(values, (truth) => truth.sentiment === sentiment)).toBeGreaterThan(100);
    }
    expect(new Set(values.map(({ language }) => language)).size).toBeGreaterThanOrEqual(7);
    expect(count(values, ({ language }) => language === 'en')).toBeGreaterThan(0.85 * values.length);
    expect(new Set(values.map(({ intent }) => intent)).size).toBe(
      new Set(SCENARIOS.map(({ intent }) => intent)).size,
    );
  });

  it('leaves no slot unfilled', () => {
    expect(contents.filter((content) => /\{[a-z]+\}/.test(content))).toEqual([]);
  });
});

describe('dirt', () => {
  it('is counted as it lies in the rows', () => {
    const { dirt } = sample;
    const ids = new Set(conversations.map(({ conversation_id }) => conversation_id));
    const repeated = (values: (string | null)[]) => {
      const known = values.filter((value) => value !== null);
      return known.length - new Set(known).size;
    };
    const withMessages = new Set(messages.map(({ conversation_id }) => conversation_id));
    expect({
      html: count(contents, (content) => /^<(p|div|style|ul)\b/.test(content)),
      json_content: count(contents, (content) => content.startsWith('[{"type"')),
      mixed_unicode: count(contents, (content) =>
        ['\u0001', '\u0007', '\u00a0', '\u0301', '\u200b', '\u202e'].some((mark) => content.includes(mark)),
      ),
      role_null: count(messages, ({ role }) => role === null),
      role_odd: count(messages, ({ role }) =>
        ['narrator', 'human', '???', 'assistant-v2', ' '].includes(role ?? ''),
      ),
      message_time_null: count(messages, ({ sent_at }) => sent_at === null),
      message_time_before_2000: count(messages, ({ sent_at }) => (sent_at ?? '9') < '2000'),
      very_long_message: count(contents, (content) => content.length === 100_000),
      duplicate_message: repeated(messages.map(({ message_id }) => message_id)),
      message_id_missing: count(messages, ({ message_id }) => message_id === null),
      orphan_message: count(
        messages,
        ({ conversation_id }) => !ids.has(conversation_id) || conversation_id === null,
      ),
      attachment_only: count(messages, ({ attachments }) => attachments !== null),
      content_blank_or_null: count(messages, ({ content, attachments }) => {
        return attachments === null && (content ?? '').trim() === '';
      }),
      duplicate_conversation: repeated(conversations.map(({ conversation_id }) => conversation_id)),
      conversation_id_missing: count(conversations, ({ conversation_id }) => conversation_id === null),
      app_id_missing: count(conversations, ({ app_id }) => app_id === null),
      conversation_without_user_id: count(conversations, ({ user_id }) => user_id === null),
      conversation_without_messages: count(
        conversations,
        ({ conversation_id }) => conversation_id !== null && !withMessages.has(conversation_id),
      ),
      started_at_before_2000: count(conversations, ({ started_at }) => (started_at ?? '9') < '2000'),
      started_at_future: count(conversations, ({ started_at }) => (started_at ?? '2') > '2100'),
    }).toMatchObject({
      html: dirt['html'],
      json_content: dirt['json_content'],
      mixed_unicode: dirt['mixed_unicode'],
      role_null: dirt['role_null'],
      role_odd: dirt['role_odd'],
      message_time_null: dirt['message_time_null'],
      message_time_before_2000: dirt['message_time_before_2000'],
      very_long_message: 1,
      duplicate_message: dirt['duplicate_message'],
      message_id_missing: dirt['message_id_missing'],
      orphan_message: dirt['orphan_message'],
      attachment_only: dirt['attachment_only'],
      content_blank_or_null: dirt['content_null']! + dirt['content_blank']!,
      duplicate_conversation: dirt['duplicate_conversation'],
      conversation_id_missing: dirt['conversation_id_missing'],
      app_id_missing: dirt['app_id_missing'],
      conversation_without_user_id: dirt['conversation_without_user_id'],
      conversation_without_messages: dirt['conversation_without_messages'],
      started_at_before_2000: dirt['started_at_before_2000'],
      started_at_future: dirt['started_at_future'],
    });
    expect(Object.values(dirt).every((rows) => rows > 0)).toBe(true);
  });

  it('has every kind in small samples too', () => {
    const { dirt } = generateSample({ conversations: 60 });
    expect(Object.entries(dirt).filter(([, rows]) => rows === 0)).toEqual([]);
  });

  it('goes with no label: the share of each sentiment is the same among spoiled texts', () => {
    const big = generateSample({ conversations: 6000, seed: 5 });
    const rows = big.tables[1]!.rows as MessageRow[];
    const spoiled = rows.filter(({ content }) => /^(<|\[\{"type")/.test(content ?? ''));
    const share = (list: MessageRow[]) =>
      count(list, ({ conversation_id }) => {
        const truth = big.truth.get(conversation_id ?? '');
        return truth?.sentiment.endsWith('negative') ?? false;
      }) / list.length;
    expect(spoiled.length).toBeGreaterThan(100);
    // Three standard deviations of a share of about 0.27 in about 108 draws.
    expect(Math.abs(share(spoiled) - share(rows))).toBeLessThan(0.13);
  });
});

describe('the sample source', () => {
  it('serves what it generated', async () => {
    const source = await startSampleSource({ token: 't', conversations: 50 });
    try {
      const get = async (path: string): Promise<unknown> =>
        (await fetch(source.url + path, { headers: { 'xc-token': source.token } })).json();
      const { list } = (await get(`/api/v2/meta/bases/${source.baseId}/tables`)) as {
        list: { id: string; title: string }[];
      };
      expect(list.map(({ title }) => title)).toEqual(['conversations', 'messages']);
      for (const [index, { id }] of list.entries()) {
        expect(await get(`/api/v2/tables/${id}/records/count`)).toEqual({
          count: source.data.tables[index]!.rows.length,
        });
      }
      const { list: rows } = (await get(`/api/v2/tables/${list[0]!.id}/records?limit=1`)) as {
        list: Record<string, unknown>[];
      };
      expect(rows[0]).toMatchObject({ Id: 1, conversation_id: 'c-000001' });
      expect(rows[0]!['started_at']).toMatch(/^2026-03-\d\d \d\d:\d\d:\d\d\+00:00$/);
      expect(source.requests()).toBe(4);
    } finally {
      await source.close();
    }
  });
});
