import { encodeParts } from '../../adapters/lake/parts.js';
import { iterateNdjson } from '../../adapters/staging/ndjson.js';
import { encodeFacts, joinLabelled, type StagedLabels } from '../../adapters/staging/threads.js';
import { readSweptBytes } from '../../adapters/staging/swept-threads.js';
import { createHtmlToText } from '../../adapters/text/html-to-text.js';
import { createLanguageDetector } from '../../adapters/text/language.js';
import { processThread, type StatusMeaning } from '../../domain/process/index.js';
import type { Actor } from '../../domain/schema.js';
import type { RawThread, Reject } from '../../domain/records.js';
import type { ThreadFacts } from '../../domain/thread.js';
import type { EncodedPart, ProcessedBatch, ProcessedSwept, SweptBytes } from '../../ports/cpu-pool.js';

/** What a thread needs to know once; plain data, so that it can be handed over. */
export interface ThreadSettings {
  roles: Record<string, Actor>;
  statuses: Record<string, StatusMeaning>;
  /** `none`: texts are left out of what is stored. */
  storeText: 'all' | 'none';
}

interface TaskContext {
  source: string;
  runId: string;
}

export interface ProcessTask extends TaskContext {
  raw: Uint8Array;
}

export interface SweptTask extends TaskContext {
  swept: SweptBytes;
}

/** The CPU work itself; run by pool threads, or inline where threads are switched off. */
export function createThreadTasks(settings: ThreadSettings) {
  const detector = createLanguageDetector();
  const html = createHtmlToText();
  const processThreads = (threads: Iterable<RawThread>, { source, runId }: TaskContext): ProcessedBatch => {
    const rejects: Reject[] = [];
    const stored = { conversations: 0, messages: 0 };
    // Each thread is written before the next is read, so that what it is made of is garbage while it is young.
    function* processed(): Generator<ThreadFacts> {
      for (const thread of threads) {
        const { facts, rejects: own } = processThread(thread, { source, runId, detector, html, ...settings });
        rejects.push(...own);
        if (facts === null) continue;
        stored.conversations++;
        stored.messages += facts.messages.length;
        yield facts;
      }
    }
    const facts = encodeFacts(processed());
    const rejected = (table: Reject['table']) => rejects.filter((reject) => reject.table === table).length;
    return {
      facts,
      rejects,
      conversations: { stored: stored.conversations, rejected: rejected('conversations') },
      messages: { stored: stored.messages, rejected: rejected('messages') },
    };
  };
  return {
    processBatch: ({ raw, ...context }: ProcessTask): ProcessedBatch =>
      processThreads(iterateNdjson<RawThread>(raw), context),
    processSwept: ({ swept, ...context }: SweptTask): ProcessedSwept => {
      const { threads, rejects, received } = readSweptBytes(swept, context);
      return { ...processThreads(threads, context), readRejects: rejects, received };
    },
    encode: (staged: StagedLabels): EncodedPart[] => encodeParts(joinLabelled(staged, settings.storeText)),
  };
}
