import { createFileObjectStore } from '../../../src/adapters/object-store/index.js';
import { createLake, encodeParts } from '../../../src/adapters/lake/index.js';
import type { ReportSettings } from '../../../src/adapters/report-data/index.js';
import { dayEnd, dayOf, nextDay } from '../../../src/domain/period.js';
import { processThread, settle } from '../../../src/domain/process/index.js';
import type { RawMessage } from '../../../src/domain/records.js';
import { SCHEMA_VERSION, type CategoryRow } from '../../../src/domain/schema.js';
import type { LabelColumns, LabelledThread } from '../../../src/domain/thread.js';
import type { ObjectStore } from '../../../src/ports/object-store.js';

const ROLES: Record<string, string> = { u: 'user', b: 'bot', a: 'agent', s: 'system', r: 'auto_reply' };
export const SOURCE = 'src';
/** Nothing is set. */
export const PLAIN_SETTINGS: ReportSettings = {
  timezone: 'UTC',
  weekStart: 'monday',
  userScope: 'app',
  businessHours: null,
  fallbackPattern: null,
  responseTargetMs: null,
};
const signal = new AbortController().signal;

/** A conversation in short hand. */
export interface Talk {
  id: string;
  /** Instant of its start, ISO. */
  at: string;
  /** `u0 b30 a!90` = user at 0 s, bot at 30 s, a private note of the agent at 90 s; `b?` at an unreadable time. */
  script: string;
  app?: string | null;
  user?: string | null;
  /** Intents of the public user messages, in order. */
  intents?: string[];
  /** Texts by place of the message. */
  texts?: Record<number, string>;
  topic?: string | null;
  secondTopic?: string;
  sentiment?: string;
  score?: number;
  shift?: number | null;
  /** Sentiment of the last third of the user's messages. */
  end?: number;
  language?: string;
  status?: string | null;
  /** Seconds after the start. */
  closed?: number;
  agent?: string;
  /** Default: long after. */
  fetchedAt?: string;
  deleted?: boolean;
}

/** The rows that collecting a conversation gives, its labels as said. */
export function threadOf(talk: Talk): LabelledThread {
  const startedAt = Date.parse(talk.at);
  const fetchedAt = Date.parse(talk.fetchedAt ?? '2024-06-01T00:00:00Z');
  const messages = talk.script
    .split(' ')
    .filter((word) => word !== '')
    .map((word, index): RawMessage => {
      const [, role = '', isPrivate, time = ''] = /^([ubasr])(!?)(\?|-?\d+)$/.exec(word) ?? [];
      if (role === '') throw new Error(`unreadable script: ${word}`);
      return {
        rowId: `${index + 1}`,
        messageId: `m${index + 1}`,
        role: ROLES[role] ?? null,
        content: talk.texts?.[index] ?? `text ${index}`,
        hasAttachments: false,
        sentAt: time === '?' ? null : startedAt + Number(time) * 1000,
        agentId: role === 'a' ? (talk.agent ?? null) : null,
        isPrivate: isPrivate === '!',
        createdAt: startedAt,
        updatedAt: null,
      };
    });
  const { facts } = processThread(
    {
      fetchedAt,
      conversation: {
        rowId: talk.id,
        conversationId: talk.id,
        appId: talk.app === undefined ? 'web' : talk.app,
        userId: talk.user === undefined ? `user of ${talk.id}` : talk.user,
        startedAt,
        startedAtBasis: 'mapped',
        status: talk.status ?? null,
        closedAt: talk.closed === undefined ? null : startedAt + talk.closed * 1000,
        createdAt: startedAt,
        updatedAt: null,
      },
      messages,
    },
    {
      source: SOURCE,
      runId: 'run',
      roles: { auto_reply: 'agent' },
      detector: { detect: () => ({ language: talk.language ?? 'en', confidence: 0.9 }) },
      html: { looksLikeHtml: () => false, toText: (html) => html },
    },
  );
  if (facts === null) throw new Error(`${talk.id} was rejected`);
  let next = 0;
  const intents = facts.messages.map((message) =>
    message.actor === 'user' && !message.is_private ? (talk.intents?.[next++] ?? 'ask_how_to') : null,
  );
  const engaged = facts.conversation.engaged;
  const labels: LabelColumns = {
    topic: engaged ? (talk.topic ?? 'technical_issue') : null,
    intent: engaged ? (intents.find((intent) => intent !== null) ?? null) : null,
    intent_secondary: null,
    topic_confidence: engaged ? 0.9 : null,
    intent_confidence: engaged ? 0.9 : null,
    sentiment: engaged ? (talk.sentiment ?? 'neutral') : null,
    sentiment_score: engaged && talk.sentiment !== 'unknown' ? (talk.score ?? 0) : null,
    sentiment_start: null,
    sentiment_end: engaged ? (talk.end ?? null) : null,
    sentiment_shift: talk.shift ?? null,
    model_version: engaged ? 'm1' : null,
    taxonomy_version: engaged ? 't1' : null,
  };
  const conversation = { ...facts.conversation, ...labels, ...settle(facts, { intents }) };
  const category = (
    over: Pick<CategoryRow, 'subject_type' | 'message_key' | 'task' | 'rank' | 'label'>,
  ): CategoryRow => ({
    category_key: `${over.message_key ?? conversation.conversation_key}#${over.task}#${over.rank}`,
    conversation_key: conversation.conversation_key,
    ...over,
    score: null,
    confidence: 0.9,
    reason: null,
    origin: 'model',
    text_basis: 'original',
    model_version: 'm1',
    taxonomy_version: 't1',
    source: SOURCE,
    fetched_at: fetchedAt,
    run_id: 'run',
    schema_version: SCHEMA_VERSION,
  });
  const ofConversation = { subject_type: 'conversation', message_key: null, task: 'topic' } as const;
  return {
    conversation: { ...conversation, deleted_at: talk.deleted === true ? fetchedAt : null },
    messages: facts.messages,
    categories: [
      ...(labels.topic === null ? [] : [category({ ...ofConversation, rank: 1, label: labels.topic })]),
      ...(talk.secondTopic === undefined
        ? []
        : [category({ ...ofConversation, rank: 2, label: talk.secondTopic })]),
      ...facts.messages.flatMap((message, index) => {
        const label = intents[index];
        const { message_key } = message;
        return label == null
          ? []
          : [category({ subject_type: 'message', message_key, task: 'intent', rank: 1, label })];
      }),
    ],
  };
}

export interface LakeRange {
  /** Inclusive UTC days that are committed, with rows or without. */
  startDate: string;
  endDate: string;
  /** Reading of the last day stopped here; default: after its end. */
  coveredUntil?: number;
}

/** Commits threads to a lake in a directory, a day each, all days of the range completely. */
export async function lakeOf(dir: string, threads: LabelledThread[], range: LakeRange): Promise<ObjectStore> {
  const store = createFileObjectStore(`${dir}/lake`);
  await commitDays(store, `${dir}/temp`, threads, range);
  return store;
}

export async function commitDays(
  store: ObjectStore,
  tempDir: string,
  threads: LabelledThread[],
  { startDate, endDate, coveredUntil }: LakeRange,
  runId = 'run',
): Promise<void> {
  const lake = createLake({ store, tempDir });
  const byDay = new Map<string, LabelledThread[]>();
  for (const thread of threads) {
    const day = dayOf(thread.conversation.started_at);
    byDay.set(day, [...(byDay.get(day) ?? []), thread]);
  }
  for (let day = startDate; day <= endDate; day = nextDay(day)) {
    const rows = byDay.get(day) ?? [];
    if (rows.length > 0) {
      await lake.putParts({ runId, day, batch: 0 }, encodeParts(rows), [], signal);
    }
    await lake.commitDay(
      {
        runId,
        day,
        appId: null,
        plannedBatches: rows.length > 0 ? 1 : 0,
        plannedAt: dayEnd(day),
        sourceCount: rows.length,
        complete: true,
        coveredUntil: day === endDate ? (coveredUntil ?? dayEnd(day)) : dayEnd(day),
      },
      signal,
    );
  }
}
