import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { createHtmlToText } from '../adapters/text/html-to-text.js';
import { createLanguageDetector } from '../adapters/text/language.js';
import { SENTIMENTS, type Taxonomy } from '../domain/categorize/taxonomy.js';
import { categorizeThreads } from '../domain/categorize/threads.js';
import { PipelineError } from '../domain/errors.js';
import { processThread, threadOfTexts } from '../domain/process/index.js';
import type { LabelledThread } from '../domain/thread.js';
import type { TextClassifier } from '../ports/text-classifier.js';
import { classFigures, type ClassFigures } from './scores.js';

/** Whole conversations with labels by hand; the format is described in test/categorizer-labelled/README.md. */

const userMessage = z.union([
  z.tuple([z.string(), z.enum(SENTIMENTS), z.string().min(1)]),
  z.tuple([z.string(), z.enum(SENTIMENTS), z.string().min(1), z.literal('context')]),
]);
const Conversation = z.strictObject({
  id: z.string().min(1),
  topic: z.string(),
  primary: z.string(),
  secondary: z.string().nullable(),
  messages: z.array(z.union([z.string().min(1), userMessage])).min(1),
});

export interface LabelledMessage {
  text: string;
  /** null: written by the support side. */
  truth: { intent: string; sentiment: (typeof SENTIMENTS)[number]; needsContext: boolean } | null;
}

export interface LabelledConversation {
  id: string;
  topic: string;
  primary: string;
  secondary: string | null;
  messages: LabelledMessage[];
}

export interface ConversationFigures {
  conversations: { topic: ClassFigures; intent: ClassFigures };
  messages: {
    intent: ClassFigures;
    /** Without those whose intent only the messages before them tell. */
    intentByItself: ClassFigures;
    sentiment: ClassFigures;
    /** Negative, neutral, positive. */
    sentimentInThree: ClassFigures;
  };
}

/**
 * Reads the YAML files of a directory. Throws InvalidInput where one does not have the form, an id occurs twice, or a
 * label is not in the taxonomy.
 */
export function readConversations(dir: string, taxonomy: Taxonomy): LabelledConversation[] {
  const topics = new Set(taxonomy.topics.map((t) => t.id));
  const intents = new Set(taxonomy.intents.map((i) => i.id));
  const ids = new Set<string>();
  const files = readdirSync(dir).filter((name) => name.endsWith('.yaml'));
  return files.sort().flatMap((file) => {
    const parsed = z.array(Conversation).safeParse(parse(readFileSync(join(dir, file), 'utf8')));
    if (!parsed.success) throw invalid(file, parsed.error.issues[0]?.path.join('.') ?? '');
    return parsed.data.map(({ messages, ...conversation }) => {
      const { id, topic, primary, secondary } = conversation;
      if (ids.has(id)) throw invalid(file, `${id} occurs twice`);
      ids.add(id);
      const labelled = messages.map(toMessage);
      if (!topics.has(topic)) throw invalid(file, `${id}: no topic "${topic}" in the taxonomy`);
      const used = [primary, secondary, ...labelled.map(({ truth }) => truth?.intent ?? null)];
      const unknown = used.find((intent) => intent !== null && !intents.has(intent));
      if (unknown !== undefined) throw invalid(file, `${id}: no intent "${String(unknown)}" in the taxonomy`);
      return { ...conversation, messages: labelled };
    });
  });
}

/** Labels the conversations as the pipeline would, and compares: topic, intent and sentiment apart. */
export async function evaluateConversations(
  classifier: TextClassifier,
  conversations: readonly LabelledConversation[],
  signal: AbortSignal = new AbortController().signal,
): Promise<ConversationFigures> {
  const tools = { detector: createLanguageDetector(), html: createHtmlToText() };
  const facts = conversations.map((conversation) => {
    const processed = processThread(threadOf(conversation), {
      source: 'labelled',
      runId: 'labelled',
      ...tools,
    });
    if (processed.facts === null) throw invalid(conversation.id, 'cannot be processed');
    return processed.facts;
  });
  const answered = await categorizeThreads(facts, classifier, signal);
  const messages = conversations.flatMap((conversation, n) => compareMessages(conversation, answered[n]));
  const whole = (truth: 'topic' | 'primary', column: 'topic' | 'intent'): ClassFigures =>
    classFigures(
      conversations.map((c, n) => ({ truth: c[truth], answer: answered[n]?.conversation[column] ?? '' })),
    );
  return {
    conversations: { topic: whole('topic', 'topic'), intent: whole('primary', 'intent') },
    messages: {
      intent: classFigures(messages.map((m) => m.intent)),
      intentByItself: classFigures(messages.filter((m) => !m.needsContext).map((m) => m.intent)),
      sentiment: classFigures(messages.map((m) => m.sentiment)),
      sentimentInThree: classFigures(
        messages.map(({ sentiment: { truth, answer } }) => ({ truth: mild(truth), answer: mild(answer) })),
      ),
    },
  };
}

function toMessage(message: z.infer<typeof Conversation>['messages'][number]): LabelledMessage {
  if (typeof message === 'string') return { text: message, truth: null };
  const [intent, sentiment, text, context] = message;
  return { text, truth: { intent, sentiment, needsContext: context === 'context' } };
}

function threadOf({ id, messages }: LabelledConversation) {
  return threadOfTexts(
    id,
    messages.map(({ text, truth }) => ({ text, role: truth === null ? 'agent' : 'user' })),
  );
}

function compareMessages({ messages }: LabelledConversation, answered: LabelledThread | undefined) {
  const labels = new Map(
    answered?.categories.map(({ message_key, task, label }) => [`${message_key ?? ''}#${task}`, label]),
  );
  return messages.flatMap(({ truth }, n) => {
    if (truth === null) return [];
    const row = answered?.messages.find((message) => message.message_id === String(n));
    const answer = (task: string): string => labels.get(`${row?.message_key ?? ''}#${task}`) ?? '';
    return [
      {
        needsContext: truth.needsContext,
        intent: { truth: truth.intent, answer: answer('intent') },
        sentiment: { truth: truth.sentiment, answer: answer('sentiment') },
      },
    ];
  });
}

function mild(sentiment: string): string {
  return sentiment.replace('very_', '');
}

function invalid(where: string, what: string): PipelineError {
  return new PipelineError('InvalidInput', `labelled conversations: ${where}: ${what}`);
}
