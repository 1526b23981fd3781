import { generateSample } from '../../../src/devstack/sample/generator/generate.js';
import { createRandom } from '../../../src/devstack/sample/generator/random.js';
import type { ConversationRow, MessageRow } from '../../../src/devstack/sample/generator/rows.js';
import { processThread, settle } from '../../../src/domain/process/index.js';
import type { RawMessage } from '../../../src/domain/records.js';
import { SCHEMA_VERSION } from '../../../src/domain/schema.js';
import type { LabelledThread } from '../../../src/domain/thread.js';

const SCORES: Record<string, number> = {
  very_negative: -0.9,
  negative: -0.5,
  neutral: 0.05,
  positive: 0.5,
  very_positive: 0.9,
};

export interface RealisticOptions {
  conversations: number;
  end: string;
  days: number;
  fetchedAt: number;
}

/**
 * Labelled conversations of several apps, users and weeks, with dirt of every kind, labelled with what they truly are.
 * Some users' intents ask for people, so that every rule of settling is met.
 */
export function realisticThreads({
  conversations,
  end,
  days,
  fetchedAt,
}: RealisticOptions): LabelledThread[] {
  const sample = generateSample({ seed: 11, conversations, end, days });
  const random = createRandom(11, 'labels');
  const [heads, bodies] = sample.tables.map(({ rows }) => rows) as [ConversationRow[], MessageRow[]];
  const byConversation = new Map<string, MessageRow[]>();
  for (const row of bodies) {
    const id = row.conversation_id ?? '';
    const rows = byConversation.get(id);
    if (rows === undefined) byConversation.set(id, [row]);
    else rows.push(row);
  }
  const seen = new Set<string>();
  const first = Date.parse(sample.firstDay);
  return heads.flatMap((head, index): LabelledThread[] => {
    const id = head.conversation_id ?? '';
    const startedAt = timeOf(head.started_at);
    if (id === '' || seen.has(id) || startedAt === null) return [];
    // What starts at no plausible time matches no range of days, and is in no lake.
    if (startedAt < first || startedAt > fetchedAt) return [];
    seen.add(id);
    const messages = (byConversation.get(id) ?? []).map((row, place): RawMessage => ({
      rowId: `${index}-${place}`,
      messageId: row.message_id ?? `${index}-${place}`,
      role: row.role,
      content: row.content,
      hasAttachments: row.attachments !== null,
      sentAt: timeOf(row.sent_at),
      agentId: row.agent_id,
      isPrivate: row.is_private,
      createdAt: timeOf(row.CreatedAt),
      updatedAt: timeOf(row.UpdatedAt),
    }));
    const { facts } = processThread(
      {
        fetchedAt,
        conversation: {
          rowId: `${index}`,
          conversationId: id,
          appId: head.app_id,
          userId: head.user_id,
          startedAt,
          startedAtBasis: 'mapped',
          status: head.status,
          closedAt: timeOf(head.closed_at),
          createdAt: timeOf(head.CreatedAt),
          updatedAt: null,
        },
        messages,
      },
      {
        source: 'sample',
        runId: 'run',
        detector: { detect: () => ({ language: sample.truth.get(id)?.language ?? 'en', confidence: 0.9 }) },
        html: { looksLikeHtml: () => false, toText: (html) => html },
      },
    );
    if (facts === null) return [];
    const truth = sample.truth.get(id);
    const { engaged } = facts.conversation;
    const spoken = facts.messages.map(({ actor, is_private }) => actor === 'user' && !is_private);
    const intents = spoken.map((isUsers, place) => {
      if (!isUsers) return null;
      if (random.chance(0.04)) return 'contact_human';
      return place > 0 && place >= spoken.lastIndexOf(true) && random.chance(0.5)
        ? 'thank_or_goodbye'
        : (truth?.intent ?? 'unknown');
    });
    const sentiment = random.chance(0.05) ? 'unknown' : (truth?.sentiment ?? 'neutral');
    const conversation = {
      ...facts.conversation,
      topic: engaged ? (truth?.topic ?? 'unknown') : null,
      intent: engaged ? (truth?.intent ?? 'unknown') : null,
      intent_secondary: null,
      topic_confidence: engaged ? 0.9 : null,
      intent_confidence: engaged ? 0.9 : null,
      sentiment: engaged ? sentiment : null,
      sentiment_score: engaged ? (SCORES[sentiment] ?? null) : null,
      sentiment_start: null,
      sentiment_end: engaged && random.chance(0.8) ? Math.fround(random.int(-90, 90) / 100) : null,
      sentiment_shift: engaged && random.chance(0.4) ? random.int(-60, 60) / 100 : null,
      model_version: engaged ? 'm1' : null,
      taxonomy_version: engaged ? 't1' : null,
      ...settle(facts, { intents }),
      deleted_at: random.chance(0.02) ? fetchedAt : null,
    };
    const provenance = {
      source: 'sample',
      fetched_at: fetchedAt,
      run_id: 'run',
      schema_version: SCHEMA_VERSION,
    };
    const categories = facts.messages.flatMap((message, place) => {
      const label = intents[place];
      if (label == null) return [];
      return [
        {
          category_key: `${message.message_key}#intent#1`,
          subject_type: 'message',
          conversation_key: conversation.conversation_key,
          message_key: message.message_key,
          task: 'intent',
          rank: 1,
          label,
          score: null,
          confidence: 0.9,
          reason: null,
          origin: 'model',
          text_basis: 'original',
          model_version: 'm1',
          taxonomy_version: 't1',
          ...provenance,
        },
      ];
    });
    return [{ conversation, messages: facts.messages, categories }];
  });
}

function timeOf(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}
