import type { processThread as ProcessThread, settle as Settle } from '../../src/domain/process/index.js';
import type { RawMessage } from '../../src/domain/records.js';
import type { CategoryRow } from '../../src/domain/schema.js';
import type { LabelledThread } from '../../src/domain/thread.js';
import type { Random } from '../../src/training/random.js';

const APPS = ['web', 'mobile', 'voice'];
const TOPICS = [
  ...['billing_payment', 'shipping_delivery', 'technical_issue', 'account_access', 'how_to_usage'],
  ...['returns_refunds', 'product_information', 'subscription_plan', 'other', 'unknown'],
];
const INTENTS = [
  ...['track_order', 'get_invoice', 'report_bug', 'recover_access', 'ask_how_to', 'request_refund'],
  ...['ask_product_info', 'change_plan', 'complain', 'contact_human', 'ask_general_question', 'unknown'],
];
const SENTIMENTS = ['very_negative', 'negative', 'neutral', 'positive', 'very_positive'] as const;
const TEXTS = [
  'Hello, I have been waiting for my order since last week and nobody tells me where it is.',
  'Your parcel left our warehouse yesterday; the carrier expects to deliver it within two days.',
  'Sorry, I did not understand that. Could you say it in other words, please?',
  'I was charged twice for the same invoice this month and would like the second amount back.',
  'Thank you very much, that was quick and solved everything that I wanted to know today!',
  'Please restart the device, hold the button for ten seconds, and then sign in once more.',
];
const HOUR_S = 3_600;
const DAY_MS = 86_400_000;

export interface ThreadsOptions {
  conversations: number;
  messages: number;
  /** First UTC day, epoch ms, and how many. */
  from: number;
  days: number;
}

interface Process {
  processThread: typeof ProcessThread;
  settle: typeof Settle;
}

/** Conversations evenly over days and unevenly over hours, apps, users, labels and ends; the same every time. */
export function* threads(
  { conversations, messages, from, days }: ThreadsOptions,
  { processThread, settle }: Process,
  numbers: Random,
): Generator<LabelledThread> {
  const random = () => numbers.next();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() ** 1.5 * items.length)] as T;
  const perConversation = messages / conversations;
  const fetchedAt = from + (days + 1) * DAY_MS;
  let written = 0;
  for (let n = 0; n < conversations; n++) {
    const day = Math.floor((n * days) / conversations);
    const startedAt = from + day * DAY_MS + Math.floor((6 + 14 * random()) * HOUR_S) * 1000;
    const id = `c${n + 1}`;
    const appId = pick(APPS);
    // As many in all as was asked for, in conversations of different length.
    const due = Math.round((n + 1) * perConversation) - written;
    const size =
      n + 1 === conversations ? due : Math.max(1, Math.min(due + 8, Math.round(due * 2 * random())));
    written += size;
    const humanFrom = random() < 0.3 ? 2 + Math.floor(random() * 6) : Infinity;
    let sentAt = startedAt;
    const raw = Array.from({ length: size }, (_, place): RawMessage => {
      const isUser = place % 2 === 0 || random() < 0.1;
      const isAgent = !isUser && place >= humanFrom;
      if (place > 0) sentAt += Math.ceil(1000 * (isAgent ? 900 * random() : isUser ? 120 * random() : 4));
      return {
        rowId: `${id}-${place}`,
        messageId: `${id}-${place}`,
        role: isUser ? 'user' : isAgent ? 'agent' : 'bot',
        content: pick(TEXTS),
        hasAttachments: false,
        sentAt,
        agentId: isAgent ? `agent-${Math.floor(random() * 20)}` : null,
        isPrivate: random() < 0.01,
        createdAt: sentAt,
        updatedAt: null,
      };
    });
    const closed = random() < 0.6;
    const { facts } = processThread(
      {
        fetchedAt,
        conversation: {
          rowId: id,
          conversationId: id,
          appId,
          userId: random() < 0.9 ? `u${Math.floor(random() * conversations * 0.4)}` : null,
          startedAt,
          startedAtBasis: 'mapped',
          status: closed ? 'closed' : random() < 0.5 ? 'open' : null,
          closedAt: closed ? sentAt + 60_000 : null,
          createdAt: startedAt,
          updatedAt: null,
        },
        messages: raw,
      },
      {
        source: 'b',
        runId: 'bench',
        detector: { detect: () => ({ language: 'en', confidence: 0.9 }) },
        html: { looksLikeHtml: () => false, toText: (html) => html },
      },
    );
    if (facts === null) continue;
    yield labelled(facts);
  }

  function labelled(facts: NonNullable<ReturnType<typeof processThread>['facts']>): LabelledThread {
    const { conversation, messages: rows } = facts;
    const intents = rows.map(({ actor, is_private }) =>
      actor === 'user' && !is_private ? pick(INTENTS) : null,
    );
    const { engaged, fetched_at, source, run_id, schema_version, conversation_key } = conversation;
    const sentiment = pick(SENTIMENTS);
    const score = (SENTIMENTS.indexOf(sentiment) - 2) / 2;
    const category = (
      part: Pick<CategoryRow, 'subject_type' | 'message_key' | 'task' | 'label'>,
    ): CategoryRow => ({
      category_key: `${part.message_key ?? conversation_key}#${part.task}#1`,
      conversation_key,
      rank: 1,
      score: null,
      confidence: 0.8,
      reason: null,
      origin: 'model',
      text_basis: 'original',
      model_version: 'm1',
      taxonomy_version: 't1',
      ...part,
      ...{ source, fetched_at, run_id, schema_version },
    });
    const topic = pick(TOPICS);
    return {
      conversation: {
        ...conversation,
        topic: engaged ? topic : null,
        intent: intents.find((intent) => intent !== null) ?? null,
        intent_secondary: null,
        topic_confidence: engaged ? 0.8 : null,
        intent_confidence: engaged ? 0.8 : null,
        sentiment: engaged ? sentiment : null,
        sentiment_score: engaged ? score : null,
        sentiment_start: engaged ? score : null,
        sentiment_end: engaged ? score : null,
        sentiment_shift: conversation.n_user > 2 ? random() - 0.5 : null,
        model_version: engaged ? 'm1' : null,
        taxonomy_version: engaged ? 't1' : null,
        ...settle(facts, { intents }),
      },
      messages: rows,
      categories: [
        ...(engaged
          ? [category({ subject_type: 'conversation', message_key: null, task: 'topic', label: topic })]
          : []),
        ...rows.flatMap(({ message_key }, place) => {
          const label = intents[place];
          return label == null
            ? []
            : [category({ subject_type: 'message', message_key, task: 'intent', label })];
        }),
      ],
    };
  }
}
