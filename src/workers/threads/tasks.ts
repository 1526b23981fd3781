import { encodeParts } from '../../adapters/lake/parts.js';
import { decodeNdjson, encodeNdjson } from '../../adapters/staging/ndjson.js';
import { createHtmlToText } from '../../adapters/text/html.js';
import { createLanguageDetector } from '../../adapters/text/language.js';
import { processThread } from '../../domain/process/process-thread.js';
import type { Actor } from '../../domain/schema.js';
import type { RawThread, Reject } from '../../domain/records.js';
import type { ThreadFacts } from '../../domain/thread.js';
import type { EncodedPart, ProcessedBatch } from '../../ports/cpu-pool.js';

/** What a thread needs to know once; plain data, so that it can be handed over. */
export interface ThreadSettings {
  roles: Record<string, Actor>;
  statuses: Record<string, 'open' | 'closed' | 'escalated'>;
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
      for (const thread of decodeNdjson<RawThread>(raw)) {
        const processed = processThread(thread, { source, runId, detector, html, ...settings });
        facts.push(processed.facts);
        rejects.push(...processed.rejects);
      }
      return {
        facts: encodeNdjson(facts),
        rejects,
        conversations: { stored: facts.length, rejected: 0 },
        messages: {
          stored: facts.reduce((sum, thread) => sum + thread.messages.length, 0),
          rejected: rejects.length,
        },
      };
    },
    encode: async (labelled: Uint8Array): Promise<EncodedPart[]> => encodeParts(labelled),
  };
}
