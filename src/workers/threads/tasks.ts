import { encodeParts } from '../../adapters/lake/parts.js';
import { iterateNdjson } from '../../adapters/staging/ndjson.js';
import { encodeFacts, joinLabelled, type StagedLabels } from '../../adapters/staging/threads.js';
import { createHtmlToText } from '../../adapters/text/html-to-text.js';
import { createLanguageDetector } from '../../adapters/text/language.js';
import { processThread, type StatusMeaning } from '../../domain/process/index.js';
import type { Actor } from '../../domain/schema.js';
import type { RawThread, Reject } from '../../domain/records.js';
import type { ThreadFacts } from '../../domain/thread.js';
import type { EncodedPart, ProcessedBatch } from '../../ports/cpu-pool.js';

/** What a thread needs to know once; plain data, so that it can be handed over. */
export interface ThreadSettings {
  roles: Record<string, Actor>;
  statuses: Record<string, StatusMeaning>;
  /** `none`: texts are left out of what is stored. */
  storeText: 'all' | 'none';
}

export interface ProcessTask {
  raw: Uint8Array;
  source: string;
  runId: string;
}

/** The CPU work itself; run by pool threads, or inline where threads are switched off. */
export function createThreadTasks(settings: ThreadSettings) {
  const detector = createLanguageDetector();
  const html = createHtmlToText();
  return {
    processBatch: ({ raw, source, runId }: ProcessTask): ProcessedBatch => {
      const facts: ThreadFacts[] = [];
      const rejects: Reject[] = [];
      for (const thread of iterateNdjson<RawThread>(raw)) {
        const processed = processThread(thread, { source, runId, detector, html, ...settings });
        if (processed.facts !== null) facts.push(processed.facts);
        rejects.push(...processed.rejects);
      }
      const rejected = (table: Reject['table']) => rejects.filter((reject) => reject.table === table).length;
      return {
        facts: encodeFacts(facts),
        rejects,
        conversations: { stored: facts.length, rejected: rejected('conversations') },
        messages: {
          stored: facts.reduce((sum, thread) => sum + thread.messages.length, 0),
          rejected: rejected('messages'),
        },
      };
    },
    encode: async (staged: StagedLabels): Promise<EncodedPart[]> =>
      encodeParts(joinLabelled(staged, settings.storeText)),
  };
}
