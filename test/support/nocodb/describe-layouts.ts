import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNocoDbSource } from '../../../src/adapters/nocodb/index.js';
import type { RawThread } from '../../../src/domain/records.js';
import type { ConversationSource } from '../../../src/ports/conversation-source.js';
import type { SourceInspector } from '../../../src/ports/source-inspector.js';
import type { ContractTarget } from '../../contract/source-target.js';
import { DAY, DAY_AFTER, DAY_BEFORE, LINES, TALKS, UNDATED, type Layout } from './layouts.js';

export interface LayoutTarget extends ContractTarget {
  /** Written into the mapping file where the target had to choose names itself. */
  mapping?: string;
}

const signal = new AbortController().signal;

/** Reads a layout from finding its columns to its messages. */
export function describeLayout(
  layout: Layout,
  start: (layout: Layout) => Promise<LayoutTarget>,
  timeout = 30_000,
): void {
  describe(layout.name, () => {
    let target: LayoutTarget;
    let source: ConversationSource & SourceInspector;
    let directory: string;

    beforeAll(async () => {
      target = await start(layout);
      directory = await mkdtemp(join(tmpdir(), 'layout-'));
      const text = target.mapping ?? layout.mapping;
      const mapping = text === undefined ? undefined : join(directory, 'mapping.yaml');
      if (mapping !== undefined) await writeFile(mapping, text ?? '');
      source = createNocoDbSource({
        baseUrl: target.baseUrl,
        apiToken: target.apiToken,
        projectId: target.projectId,
        source: 'noco',
        requestsPerSecond: 1_000,
        mapping,
        conversationsTable: layout.conversationsTable,
        messagesTable: layout.messagesTable,
      });
    }, 60_000);

    afterAll(async () => {
      await source.close();
      await target.stop();
      await rm(directory, { recursive: true });
    });

    const idOf = (id: string) => {
      const index = TALKS.findIndex((talk) => talk.id === id);
      return layout.idOf?.(index) ?? id;
    };

    const readDay = async (day: string): Promise<RawThread[]> => {
      const threads: RawThread[] = [];
      let planned = 0;
      let cursor: string | null = null;
      do {
        // One conversation a page: the smallest plan shows every seam.
        const page = await source.planDay({ day }, { batchSize: 1, maxBatches: 1, cursor }, signal);
        for (const range of page.batches) {
          const reading = await source.readBatch({ day, runId: 'run', ...range }, signal);
          expect(reading.received.conversations).toBe(range.count);
          expect(reading.rejects).toEqual([]);
          threads.push(...reading.threads);
          planned += range.count;
        }
        expect(page.sourceCount).toBe(await source.countDay({ day }, signal));
        cursor = page.cursor;
        if (cursor === null) expect(planned).toBe(page.sourceCount);
      } while (cursor !== null);
      return threads;
    };

    it(
      'is read day by day, each conversation on its own day, with who said what when',
      async () => {
        const days = new Map<string, RawThread[]>();
        for (const day of [DAY_BEFORE, DAY, DAY_AFTER]) days.set(day, await readDay(day));
        const ids = (day: string) => days.get(day)?.map(({ conversation }) => conversation.conversationId);
        expect(ids(DAY_BEFORE)).toEqual([idOf('t-before')]);
        expect(ids(DAY)).toEqual([idOf('t-first'), idOf('t-last')]);
        expect(ids(DAY_AFTER)).toEqual([idOf('t-after')]);

        const startOf = layout.startOf ?? ((ms: number) => ms);
        for (const { conversation } of [...days.values()].flat()) {
          const talk = TALKS.find(({ id }) => idOf(id) === conversation.conversationId);
          expect(conversation).toMatchObject({
            startedAt: startOf(talk?.start ?? 0),
            appId: 'shop',
            userId: layout.userId === null ? null : 'u1',
            status: 'closed',
          });
        }
        const [first] = days.get(DAY) ?? [];
        const begin = TALKS[0]?.start ?? 0;
        const contentOf = layout.contentOf ?? ((text: string) => text);
        const said = first?.messages.map(({ role, content, sentAt, hasAttachments }) => ({
          role,
          content,
          sentAt,
          hasAttachments,
        }));
        const expected = LINES.map(({ role, text, after }) => ({
          role,
          content: contentOf(text),
          sentAt: startOf(begin + after * 1000),
          hasAttachments: layout.attachments ?? false,
        }));
        // As a list, whatever the tables they came from.
        expect(said).toHaveLength(expected.length);
        expect(said).toEqual(expect.arrayContaining(expected));
        expect(new Set(first?.messages.map(({ messageId }) => messageId)).size).toBe(LINES.length);
      },
      timeout,
    );

    it(
      'says how many rows match no day, and where its days begin and end',
      async () => {
        const survey = await source.survey(undefined, signal);
        expect(survey.undatedConversations).toBe(layout.undated ?? UNDATED);
        expect(await source.firstDay(undefined, signal)).toBe(DAY_BEFORE);
        const found = await source.inspect(signal);
        expect(found).toMatchObject({ firstDay: DAY_BEFORE, lastDay: DAY_AFTER });
        expect(found.datedConversations).toBe(TALKS.length - (layout.undated ?? UNDATED));
        expect(found.tables.map(({ rows }) => rows).reduce((sum, rows) => sum + rows)).toBe(
          TALKS.length + LINES.length,
        );
        const range = { startDate: DAY_BEFORE, endDate: DAY_AFTER };
        expect((await source.countDays(range, signal)).map(({ conversations }) => conversations)).toEqual([
          1, 2, 1,
        ]);
      },
      timeout,
    );
  });
}
